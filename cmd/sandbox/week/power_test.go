package week

import (
	"sync"

	"xiangyi/replication/store"
)

// power is the mains. It is cut at a write that was announced, and from then on
// the disk takes nothing until it is back.
type power struct {
	mu   sync.Mutex
	left int // writes until it is cut; 0: it is not
	how  store.Outcome
	dark bool
	cuts int
}

// outcomes are what a cut leaves of the write that it meets.
var outcomes = []store.Outcome{store.Never, store.Torn, store.Whole}

// cut announces that the n-th write from now meets it.
func (p *power) cut(n int, how store.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts < 3 {
		p.left, p.how = n, how
	}
}

// fate is what the disk asks before each write.
func (p *power) fate(store.Write) store.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.dark:
		return store.Never
	case p.left == 0:
		return store.Done
	}
	if p.left--; p.left > 0 {
		return store.Done
	}
	p.dark = true
	p.cuts++
	return p.how
}

func (p *power) out() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dark
}

func (p *power) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dark, p.left = false, 0
}
