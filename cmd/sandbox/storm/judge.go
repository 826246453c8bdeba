package storm

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"xiangyi/cmd/internal/cell"
	"xiangyi/protocol"
)

// judge looks whether every promise was kept.
func (w *weather) judge(ctx context.Context) error {
	return errors.Join(
		w.step("the nodes hold the same", func() (string, error) { return w.group.Level(ctx) }),
		w.step("each answer could have been one county's (porcupine)", w.histories),
		w.step("every receipt is found in each node's records, once", w.receiptsHeld),
	)
}

func (w *weather) histories() (string, error) {
	exchanges := 0
	var failed []error
	for _, r := range w.racers {
		exchanges += len(r.history)
		failed = append(failed, r.judged())
	}
	return fmt.Sprintf("%d exchanges on %d lanes", exchanges, len(w.racers)), errors.Join(failed...)
}

// receiptsHeld ends the nodes and reads their records.
func (w *weather) receiptsHeld() (string, error) {
	for _, n := range w.group.Nodes {
		n.Signal(syscall.SIGTERM)
	}
	if err := w.group.Close(); err != nil {
		return "", err
	}
	promised := w.promised()
	for _, n := range w.group.Nodes {
		found, err := w.found(n)
		if err != nil {
			return "", err
		}
		if err := compare(n.Name, promised, found); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d Changes with a receipt", len(promised)), nil
}

// promised are the keys of all Changes that a receipt covers.
func (w *weather) promised() map[string]bool {
	out := map[string]bool{}
	add := func(p *cell.Packed) {
		for _, key := range p.Keys {
			out[key] = true
		}
	}
	for _, l := range w.loads {
		for i := range l.sent {
			if held := l.station.Receipts; len(held) > 0 && l.sent[i].Last <= held[len(held)-1].HighWater {
				add(&l.sent[i])
			}
		}
	}
	for _, r := range w.racers {
		for i := range r.frames[:r.reached] {
			add(&r.frames[i])
		}
	}
	return out
}

// found counts the stations' Changes in the records of a node, by key.
func (w *weather) found(n *cell.Node) (map[string]int, error) {
	out := map[string]int{}
	err := w.group.Feed(n, func(_ protocol.Cursor, c *protocol.Change) error {
		if c.Site != "county" {
			out[c.Key]++
		}
		return nil
	})
	return out, err
}

// compare names the first promise that a node broke.
func compare(node string, promised map[string]bool, found map[string]int) error {
	for key := range promised {
		if found[key] == 0 {
			return fmt.Errorf("%s lost %s, which has a receipt", node, key)
		}
	}
	for key, n := range found {
		if n > 1 {
			return fmt.Errorf("%s holds %s %d times", node, key, n)
		}
	}
	return nil
}
