package cluster

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/cloud/portal"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/ops"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// doTime is how long a page waits for a leader.
const doTime = 12 * time.Second

func (n *Node) openPortal() (*portal.Portal, error) {
	theme := screen.ThemeNamed(n.Theme)
	look, err := web.LoadLook(roster.Screens(n.roster), []screen.Theme{theme}, nil)
	if err != nil {
		return nil, err
	}
	sessions := &web.Sessions{Cookie: "xiangyi-portal", Key: seal.Derive(n.Secrets.Site[:], "sessions", []byte("portal")), Rand: n.Rand, Now: n.Now}
	return portal.New(portal.Config{
		Place: "县域医共体", Theme: theme, Address: n.Check,
		Web: web.Config{
			Engine: n.engine, Store: n.ledger, Roster: n.roster, Screens: look.Screens, Words: look.Words, Static: look.Static,
			Sessions: sessions, Terminal: care.ID("portal-" + n.Node()), Wait: doTime, Now: n.Now, Rand: n.Rand, Log: n.Log,
			Closed: n.offline, Blobs: blobs.Named{Store: n.blobs},
			Files: map[protocol.ActionName]web.Files{fleet.Publish: n.packages()},
		},
		Fresh: n.fresh,
	})
}

// fresh says how old what this node shows may be: one that has not heard the leader
// for a while knows nothing newer.
func (n *Node) fresh(*http.Request) screen.Freshness {
	s, err := n.ledger.Status()
	if err != nil || s.Contact < time.Second {
		return screen.Freshness{AsOf: n.Now()}
	}
	return screen.Freshness{AsOf: n.Now().Add(-s.Contact)}
}

// offline lists the service items that are not offered now. What a terminal can
// do is no matter of the portal.
func (n *Node) offline(ctx context.Context) map[string]bool {
	home, err := catalogue.At(ctx, n.engine, "")
	if err != nil {
		n.Log.Warn("the catalogue cannot be read", "err", err)
		return nil
	}
	for _, c := range care.Capabilities {
		delete(home.Closed, c)
	}
	return home.Closed
}

// ops is the operators' door of this node.
func (n *Node) ops() http.Handler {
	mux := ops.Door{Log: n.Log,
		Ready: func() error {
			if id, _ := n.ledger.Leader(); id == "" {
				return errors.New("no leader is known")
			}
			return nil
		},
		Status:  func(ctx context.Context) (any, error) { return n.Status(ctx) },
		Measure: n.measure,
	}.Handler()
	mux.HandleFunc("GET /head", n.head)
	mux.HandleFunc("GET /proof", n.proof)
	mux.HandleFunc("POST /backup", n.backupNow)
	return mux
}

// Status is how a node stands.
type Status struct {
	Node       string          `json:"node"`
	Leader     bool            `json:"leader"`
	LeaderID   string          `json:"leaderId"`
	Term       uint64          `json:"term"`
	Applied    uint64          `json:"applied"`
	State      string          `json:"state"` // replica state hash at Applied
	Last       protocol.Cursor `json:"last"`
	Connected  int             `json:"connected"` // station connections on this node
	Quarantine int             `json:"quarantine"`
	Violations int             `json:"violations"`     // writes against custody
	Contact    float64         `json:"contactSeconds"` // since the leader was heard; 0 on the leader
	Peers      []string        `json:"peers"`          // names of all nodes
	Backup     BackupState     `json:"backup"`
	Machine    ops.Machine     `json:"machine"`
	Stations   []StationStatus `json:"stations"`
}

// StationStatus is what the county holds of a station.
type StationStatus struct {
	Site      protocol.Site                `json:"site"`
	HighWater [protocol.Lanes]protocol.Seq `json:"hwm"`
	Heard     time.Time                    `json:"heard,omitzero"` // HLC of its newest Change held
	Digest    string                       `json:"digest"`         // over its scopes, now
}

// Status gathers it from this node's own records.
func (n *Node) Status(ctx context.Context) (Status, error) {
	l, err := n.ledger.Status()
	if err != nil {
		return Status{}, err
	}
	s := Status{Node: n.Node(), Leader: l.Serving, LeaderID: l.Leader, Term: l.Term, Applied: l.Command, State: l.Hash.String(),
		Backup: n.backupState(), Last: n.ledger.Last(), Connected: n.gate.Connected(), Quarantine: l.Quarantine,
		Violations: l.Violations, Contact: l.Contact.Seconds()}
	for _, p := range n.Peers {
		s.Peers = append(s.Peers, p.ID)
	}
	if s.Machine, err = n.host.Machine(); err != nil {
		return Status{}, err
	}
	held, err := n.ledger.Sites()
	if err != nil {
		return Status{}, err
	}
	err = n.ledger.Snapshot(ctx, func(sn *store.Snapshot) error {
		for _, site := range n.Sites {
			st, err := station(sn, site, held)
			if err != nil {
				return err
			}
			s.Stations = append(s.Stations, st)
		}
		return nil
	})
	return s, err
}

func station(sn *store.Snapshot, site protocol.Site, held []ledger.SiteLane) (StationStatus, error) {
	out := StationStatus{Site: site}
	for _, l := range held {
		if l.Site != site || l.Held.Seq == 0 {
			continue
		}
		out.HighWater[l.Lane] += l.Held.Seq
		c, err := sn.Change(protocol.Position{Site: site, Incarnation: l.Incarnation, Lane: l.Lane, Seq: l.Held.Seq})
		if err == nil && c.HLC.Time().After(out.Heard) {
			out.Heard = c.HLC.Time()
		}
	}
	scopes, err := replication.Following(sn, site)
	if err != nil {
		return out, err
	}
	d, err := sn.Digest(scopes)
	out.Digest = hex.EncodeToString([]byte{byte(d >> 56), byte(d >> 48), byte(d >> 40), byte(d >> 32), byte(d >> 24), byte(d >> 16), byte(d >> 8), byte(d)})
	return out, err
}
