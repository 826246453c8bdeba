package cell

import (
	"errors"

	"xiangyi/cmd/sandbox/peer/line"
)

// wires carry the nodes' logs, one each way between two of them, so that a node
// can be parted from the others while the stations still reach it. A nil one is
// no wires: the nodes meet directly.
type wires struct {
	between [3][3]*line.Line // from, to
}

func stretch(nodes [3]*Node) (*wires, error) {
	w := &wires{}
	for i := range nodes {
		for j, to := range nodes {
			if i == j {
				continue
			}
			l, err := line.Open("127.0.0.1:0", func() []string { return []string{to.Raft} }, line.Settings{})
			if err != nil {
				return nil, errors.Join(err, w.close())
			}
			w.between[i][j] = l
		}
	}
	return w, nil
}

// address is where a node finds another.
func (w *wires) address(from, to int, direct string) string {
	if w == nil || from == to {
		return direct
	}
	return w.between[from][to].Addr()
}

// Part cuts a node's log off from the others', or joins it again. Nothing is said
// to anybody: bytes stop, as when a switch dies.
func (g *Group) Part(n *Node, off bool) {
	for i := range g.Nodes {
		for j := range g.Nodes {
			if i != j && (g.Nodes[i] == n || g.Nodes[j] == n) {
				g.wires.between[i][j].Set(line.Settings{Stall: off})
			}
		}
	}
}

func (w *wires) close() error {
	if w == nil {
		return nil
	}
	var errs []error
	for _, from := range w.between {
		for _, l := range from {
			if l != nil {
				errs = append(errs, l.Close())
			}
		}
	}
	return errors.Join(errs...)
}
