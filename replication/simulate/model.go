package simulate

import (
	"context"
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// model is what people were told, and nothing of how the program works: a list
// of what was saved, and a map of who bought what.
type model struct {
	said   []*saved
	serial int
	slots  int
	forced map[protocol.ID]bool // slots that were taken by force
	clones bool                 // some disk was copied, put back or forgot: custody may have been sold twice
}

// saved is one thing that somebody was told is saved.
type saved struct {
	at      protocol.Position
	leaf    seal.Digest
	key     string
	what    string
	item    string
	slot    protocol.ID
	refused bool
	refs    []protocol.Ref
	box     *station // nil: the county, which means held
	held    bool     // and they were told that the county holds it
	lost    bool     // the disk forgot it before it left
}

func newModel() *model { return &model{forced: map[protocol.ID]bool{}} }

func (m *model) save(s *station, e *errand, c *protocol.Change, refused bool) {
	x := &saved{at: c.Position, leaf: protocol.Leaf(c), key: e.key, what: e.what, item: e.item, slot: e.slot, refused: refused, box: s, held: s == nil}
	for i := range c.Writes {
		x.refs = append(x.refs, c.Writes[i].Ref)
	}
	if e.what == "force" && !refused {
		m.forced[e.slot] = true
	}
	m.said = append(m.said, x)
}

// copied: what is saved in this box from now on may meet a twin.
func (m *model) copied(s *station) {
	m.clones = true
	s.due = nil
}

// heard notes for which Changes people of a station see "held by the county".
func (m *model) heard(s *station) {
	if s.db == nil {
		return
	}
	lines, err := s.db.Lines()
	if err != nil {
		return
	}
	for _, l := range lines {
		for _, x := range m.said {
			if x.box == s && !x.held && !x.lost && x.at.Incarnation == l.Incarnation && x.at.Lane == l.Lane && x.at.Seq <= l.Held {
				x.held = true
				s.counts.Held++
			}
		}
	}
}

// opened looks for what the disk forgot since the station ran last. A station
// that lost something that it said was saved must know it.
func (m *model) opened(s *station) {
	forgot := 0
	err := s.db.Snapshot(context.Background(), func(look *store.Snapshot) error {
		for _, x := range m.said {
			if x.box != s || x.lost {
				continue
			}
			c, err := look.Change(x.at)
			if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				return err
			}
			if err != nil || protocol.Leaf(&c) != x.leaf {
				x.lost = true
				forgot++
			}
		}
		return nil
	})
	if err != nil {
		s.breaks("%s: what is on its disk cannot be read: %v", s, err)
	}
	s.counts.Lost += forgot
	if forgot == 0 {
		return
	}
	s.due = nil // who pressed a button then presses another now
	s.tell("%s starts without %d saved changes", s, forgot)
	if !s.db.Frozen() && !m.clones {
		s.breaks("%s lost %d saved changes and does not know it", s, forgot)
	}
	m.clones = true // what it sold and forgot, it may sell again when it thaws
}
