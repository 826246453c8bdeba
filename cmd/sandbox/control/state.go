package control

import (
	"context"
	"sync"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/cmd/sandbox/stand"
)

// NodeStatus is what a node of the county says of itself at its operators' door.
type NodeStatus struct {
	Node       string   `json:"node"`
	Leader     bool     `json:"leader"`
	LeaderID   string   `json:"leaderId"`
	Term       uint64   `json:"term"`
	Applied    uint64   `json:"applied"`
	State      string   `json:"state"`
	Last       uint64   `json:"last"`
	Connected  int      `json:"connected"`
	Quarantine int      `json:"quarantine"`
	Stations   []HeldOf `json:"stations"`
}

// HeldOf is what the county holds of one station.
type HeldOf struct {
	Site      string   `json:"site"`
	HighWater []uint64 `json:"hwm"`
	Digest    string   `json:"digest"`
}

// StationStatus is what a station says of itself at its operators' door.
type StationStatus struct {
	Site     string `json:"site"`
	Lanes    []Lane `json:"lanes"`
	Position uint64 `json:"position"`
	Parked   int    `json:"parked"`
	Digest   string `json:"digest"`
	Waiting  int    `json:"waiting"`
	Line     bool   `json:"line"`
	Alarm    string `json:"alarm"`
	Records  int    `json:"records"`
}

// Lane is how far one lane of a journal is written, and how far the county holds it.
type Lane struct {
	Tail uint64 `json:"tail"`
	Held uint64 `json:"held"`
}

// Heard is an answer, or why there is none.
type Heard[T any] struct {
	OK    bool
	Value T
}

// Snapshot is the county at one moment, as its parts answered.
type Snapshot struct {
	At        time.Time
	Processes []county.State
	Nodes     map[county.Name]Heard[NodeStatus]
	Stations  map[county.Name]Heard[StationStatus]
	Lines     map[county.Name]Heard[stand.LineState]
}

// patience is how long an answer is waited for: a paused process answers nobody.
const patience = 1200 * time.Millisecond

// fresh is how long a snapshot serves every page that is open.
const fresh = 700 * time.Millisecond

// watcher asks everybody how they are, once for all pages.
type watcher struct {
	county *county.County
	mu     sync.Mutex
	last   Snapshot
}

// now gives a snapshot that is at most fresh old.
func (w *watcher) now(ctx context.Context) Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.last.At) > fresh {
		w.last = w.gather(context.WithoutCancel(ctx)) // it serves other pages too
	}
	return w.last
}

// stale makes the next page ask again: somebody just changed something.
func (w *watcher) stale() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last.At = time.Time{}
}

func (w *watcher) gather(ctx context.Context) Snapshot {
	s := Snapshot{At: time.Now(), Nodes: map[county.Name]Heard[NodeStatus]{},
		Stations: map[county.Name]Heard[StationStatus]{}, Lines: map[county.Name]Heard[stand.LineState]{}}
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, n := range w.county.Plan.Nodes {
		ask(ctx, &all, &mu, s.Nodes, n.ID, n.Ops, "/status")
	}
	for _, v := range w.county.Plan.Stations {
		ask(ctx, &all, &mu, s.Stations, v.Site, v.Ops, "/status")
		ask(ctx, &all, &mu, s.Lines, v.Site, v.Line.Admin, "/line")
	}
	all.Wait()
	for _, p := range w.county.Processes() {
		s.Processes = append(s.Processes, p.State())
	}
	return s
}

func ask[T any](ctx context.Context, all *sync.WaitGroup, mu *sync.Mutex, into map[county.Name]Heard[T], name county.Name, door county.Address, path string) {
	all.Go(func() {
		h := hear[T](ctx, door, path)
		mu.Lock()
		defer mu.Unlock()
		into[name] = h
	})
}

// hear asks one door; who does not answer in time is not there.
func hear[T any](ctx context.Context, door county.Address, path string) Heard[T] {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := outsider.Ask[T](ctx, string(door), path)
	return Heard[T]{err == nil, v}
}

// Printed is what came out of a station's printers.
type Printed struct {
	Slips []paper.Slip
	Pages []paper.Document
}

func printed(ctx context.Context, s county.Station) Printed {
	return Printed{
		Slips: hear[[]paper.Slip](ctx, s.Paper.Admin, "/slips").Value,
		Pages: hear[[]paper.Document](ctx, s.Paper.Admin, "/pages").Value,
	}
}

// Books is what the hospital has on paper.
type Books struct {
	There    bool
	Bookings []hospital.Booking
	Slots    []hospital.Slot
	Messages []hospital.Heard
	Outbox   []hospital.Letter
}

func books(ctx context.Context, h county.Hospital) Books {
	bookings := hear[[]hospital.Booking](ctx, h.Admin, "/bookings")
	return Books{
		There: bookings.OK, Bookings: bookings.Value,
		Slots:    hear[[]hospital.Slot](ctx, h.Admin, "/slots").Value,
		Messages: hear[[]hospital.Heard](ctx, h.Admin, "/messages").Value,
		Outbox:   hear[[]hospital.Letter](ctx, h.Admin, "/outbox").Value,
	}
}
