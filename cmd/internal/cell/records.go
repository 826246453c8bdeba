package cell

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Feed walks all that the records of a node hold, in the ledger's order. Its
// process must have ended.
func (g *Group) Feed(n *Node, visit func(protocol.Cursor, *protocol.Change) error) error {
	if n.Running() {
		return fmt.Errorf("%s still runs", n.Name)
	}
	current, err := os.ReadFile(filepath.Join(n.Dir, "CURRENT"))
	if err != nil {
		return fmt.Errorf("records of %s: %w", n.Name, err)
	}
	core, err := store.OpenCore(store.CoreOptions{Dir: filepath.Join(n.Dir, strings.TrimSpace(string(current))), Site: "county",
		Keys: seal.Derived(g.secrets), Rand: rand.Reader, Authority: true, Small: true})
	if err != nil {
		return fmt.Errorf("records of %s: %w", n.Name, err)
	}
	err = core.View(time.Now(), protocol.ClockState{}, func(s *store.Snapshot) error {
		return s.EachFeed(0, func(at protocol.Cursor, c protocol.Change) (bool, error) {
			err := visit(at, &c)
			return err == nil, err
		})
	})
	return errors.Join(err, core.Close())
}
