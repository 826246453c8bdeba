package cluster

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/ledger"
	"xiangyi/cloud/portal"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
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
		},
		Fresh: func(*http.Request) screen.Freshness { return screen.Freshness{AsOf: n.Now()} },
	})
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

// ops is health and status for operators: numbers and names of machines, no
// personal data.
func (n *Node) ops() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if id, _ := n.ledger.Leader(); id == "" {
			http.Error(w, "no leader is known", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		s, err := n.Status(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		b, err := json.Marshal(s)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b) // the reader may have gone
	})
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
		Last: n.ledger.Last(), Connected: n.gate.Connected(), Quarantine: l.Quarantine}
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
