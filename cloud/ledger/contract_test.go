package ledger

import (
	"context"
	"testing"

	"xiangyi/protocol"
	"xiangyi/replication/store/storetest"
)

// founded is a ledger as its users meet it: the feed begins behind the entries
// that founded it.
type founded struct {
	*Ledger
	base protocol.Cursor
}

func (f founded) Next(ctx context.Context, after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	return f.Ledger.Next(ctx, max(after, f.base), most, open)
}

func (f founded) Last() protocol.Cursor {
	if last := f.Ledger.Last(); last > f.base {
		return last
	}
	return 0
}

func TestTheCountyIsAStoreLikeAnyOther(t *testing.T) {
	storetest.Run(t, func(t *testing.T, kinds []protocol.KindSpec) protocol.Store {
		c := newCluster(t, 1, nil)
		c.kinds = kinds
		c.start("n1")
		l := c.leader().Ledger
		return founded{l, l.Last()}
	})
}
