package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// save writes down how far everything is settled, now and then. Reading again
// after a restart is harmless: what was settled is found so.
func (l *Loop) save(ctx context.Context) error {
	low := l.cursor
	for _, w := range l.waiting {
		low = min(low, w.Cursor-1)
	}
	if low < l.saved+cmp.Or(l.SaveEvery, ledgerSaves) {
		return nil
	}
	if err := saveCursor(ctx, l.Store, l.cursorID(), low); err != nil {
		return err
	}
	l.saved = low
	return nil
}

func (l *Loop) cursorID() care.ID { return care.ID("connect." + l.Connector.Name()) }

func loadCursor(ctx context.Context, s protocol.Store, id care.ID) (protocol.Cursor, error) {
	var p care.Progress
	err := s.View(ctx, func(r protocol.Reader) (err error) {
		p, _, err = care.Read[care.Progress](r, protocol.Ref{Kind: care.KindCursor, ID: id})
		return err
	})
	if errors.Is(err, protocol.ErrNotFound) {
		return 0, nil
	}
	return p.Cursor, err
}

func saveCursor(ctx context.Context, s protocol.Store, id care.ID, at protocol.Cursor) error {
	order := protocol.Order{Actor: care.Machine("connect"), Action: "engine.progress", Purpose: care.ForOperations, Lane: protocol.Administrative}
	_, err := s.Do(ctx, order, func(tx protocol.Tx) error {
		_, err := care.Write(tx, protocol.Draft{Ref: protocol.Ref{Kind: care.KindCursor, ID: id}},
			&care.Progress{Follower: string(id), Cursor: at, At: tx.Now()})
		return err
	})
	if err != nil {
		return fmt.Errorf("save cursor of %s: %w", id, err)
	}
	return nil
}
