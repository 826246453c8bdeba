package cluster

import (
	"crypto/tls"
	"io"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// Config of one node of a county.
type Config struct {
	Node     string
	Dir      string
	Raft     string // address for the other nodes' logs
	Stations string // address for stations
	Routes   string // address for the other nodes' gateways
	Portal   string // address of the staff's pages
	Ops      string // address of health and status, for operators
	Peers    []Peer
	TLS      *tls.Config // this node's certificate and the county's root
	Secrets  seal.Secrets
	Sites    []protocol.Site // stations that are admitted

	Hospital HospitalConfig
	Backups  Backups
	SMSDir   string // where the messenger's stand-in writes; empty: no messages
	Theme    string
	Check    string         // where anybody can check a paper's code: "https://health.example"; empty: the code says only its path
	Seed     []care.Request // what a new county begins with; each has a key and is done once

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Backups say where a node keeps backups of its records, and how often.
type Backups struct {
	Dir   string        // empty: none
	Every time.Duration // between two
	Keep  int           // of this node, the newest
}

// Peer is one node.
type Peer struct{ ID, Raft, Routes string }

// HospitalConfig is the join with the hospital; an empty Addr is none.
type HospitalConfig struct {
	Addr         string  // the hospital's MLLP address
	Listen       string  // ours
	Organisation care.ID // which of our organisations it is
}

// sites admits stations by a list.
type sites []protocol.Site

// Admitted implements gateway.Stations.
func (s sites) Admitted(site protocol.Site) bool {
	for _, known := range s {
		if known == site {
			return true
		}
	}
	return false
}
