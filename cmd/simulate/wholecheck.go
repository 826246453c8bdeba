package simulate

import (
	"context"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// check compares what people were told with what every node holds.
func (w *whole) check() {
	w.t.Helper()
	lead := w.leader()
	hashes := map[uint64]seal.Digest{}
	for id, n := range w.nodes {
		st, err := n.Status()
		if err != nil {
			w.t.Errorf("%s: %v", id, err)
		}
		if h, seen := hashes[st.Command]; seen && h != st.Hash {
			w.t.Errorf("%s differs from another node at command %d", id, st.Command)
		}
		hashes[st.Command] = st.Hash
		w.checkNode(id, n)
	}
	if len(hashes) != 1 {
		w.t.Errorf("nodes stand at %d different commands after %v of quiet", len(hashes), 20*time.Minute)
	}
	if all, err := lead.Quarantine(); err != nil || len(all) > 0 {
		w.t.Errorf("parked: %v, %v", all, err)
	}
	for _, b := range w.stations {
		b.check()
	}
}

func (w *whole) checkNode(id string, n *running) {
	seen, texts := map[protocol.Position]protocol.Change{}, map[string]int{}
	err := n.Snapshot(context.Background(), func(s *store.Snapshot) error {
		return s.EachFeed(0, func(_ protocol.Cursor, c protocol.Change) (bool, error) {
			if _, twice := seen[c.Position]; twice {
				w.t.Errorf("%s: %s stands twice in the feed", id, c.Position)
			}
			seen[c.Position] = c
			for i := range c.Writes {
				if c.Writes[i].Ref.Kind == "note" {
					texts[string(c.Writes[i].Value)]++
				}
			}
			return true, nil
		})
	})
	if err != nil {
		w.t.Errorf("%s: %v", id, err)
	}
	for text, times := range texts {
		if times > 1 {
			w.t.Errorf("%s: %s took effect %d times", id, text, times)
		}
	}
	for _, b := range w.stations {
		for i := range b.said {
			c, there := seen[b.said[i].Position]
			if !there && !b.lost[b.said[i].Position] {
				w.t.Errorf("%s: %s was told to be saved, and is not there", id, b.said[i].Position)
			}
			if there && protocol.Leaf(&c) != protocol.Leaf(&b.said[i]) {
				w.t.Errorf("%s: %s is not what was saved", id, b.said[i].Position)
			}
		}
	}
}

func (b *box) check() {
	b.t.Helper()
	if f := b.down.Fresh(); !f.Level || !f.Compared || !f.Equal || b.db.Frozen() {
		b.t.Errorf("%s is not level with the county: %+v, frozen %v", b.site, f, b.db.Frozen())
	}
	if waiting, err := b.db.Waiting(); err != nil || waiting.Count != [protocol.Lanes]uint64{} {
		b.t.Errorf("%s: %v still wait, %v", b.site, waiting.Count, err)
	}
	if err := b.db.Verify(context.Background()); err != nil {
		b.t.Errorf("%s: %v", b.site, err)
	}
}
