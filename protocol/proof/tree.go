package proof

import (
	"errors"
	"math/bits"

	"xiangyi/protocol/seal"
)

// Errors of a check that failed.
var (
	ErrNotIncluded  = errors.New("proof: the entry is not in the log of this head")
	ErrInconsistent = errors.New("proof: the later head does not continue the earlier one")
	ErrRange        = errors.New("proof: there is no such entry or size")
)

// Node is the hash over two trees that stand side by side.
func Node(left, right seal.Digest) seal.Digest { return seal.Sum([]byte{1}, left[:], right[:]) }

// Empty is the root of a log without entries.
func Empty() seal.Digest { return seal.Sum() }

// Sum gives the hash of the tree over entries from, inclusive, to to, exclusive.
type Sum func(from, to uint64) (seal.Digest, error)

// Root sums leaves.
func Root(leaves []seal.Digest) seal.Digest {
	switch len(leaves) {
	case 0:
		return Empty()
	case 1:
		return leaves[0]
	}
	k := Split(uint64(len(leaves)))
	return Node(Root(leaves[:k]), Root(leaves[k:]))
}

// Split is where the tree of n entries, two or more, divides: the largest power of
// two below n.
func Split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// Inclusion is the path from entry m to the root of a log of n entries: the hash
// beside it at each step up.
func Inclusion(m, n uint64, sum Sum) ([]seal.Digest, error) {
	if m >= n {
		return nil, ErrRange
	}
	return path(m, 0, n, sum)
}

func path(m, from, to uint64, sum Sum) ([]seal.Digest, error) {
	if to-from == 1 {
		return nil, nil
	}
	k := from + Split(to-from)
	below, beside := [2]uint64{from, k}, [2]uint64{k, to}
	if m >= k {
		below, beside = beside, below
	}
	out, err := path(m, below[0], below[1], sum)
	if err != nil {
		return nil, err
	}
	d, err := sum(beside[0], beside[1])
	return append(out, d), err
}

// Included is nil when a leaf is entry m of the log of n entries with a root.
func Included(leaf seal.Digest, m, n uint64, path []seal.Digest, root seal.Digest) error {
	if m >= n {
		return ErrRange
	}
	got, ok := climb(leaf, m, n, path)
	if !ok || got != root {
		return ErrNotIncluded
	}
	return nil
}

// climb follows a path upwards.
func climb(d seal.Digest, m, n uint64, path []seal.Digest) (seal.Digest, bool) {
	last := n - 1
	for _, beside := range path {
		if last == 0 {
			return d, false
		}
		if m&1 == 1 || m == last {
			d = Node(beside, d)
			for m&1 == 0 && m != 0 {
				m, last = m>>1, last>>1
			}
		} else {
			d = Node(d, beside)
		}
		m, last = m>>1, last>>1
	}
	return d, last == 0
}

// Consistency proves that the log of n entries begins with that of m.
func Consistency(m, n uint64, sum Sum) ([]seal.Digest, error) {
	if m > n {
		return nil, ErrRange
	}
	if m == 0 || m == n {
		return nil, nil
	}
	return grown(m, 0, n, true, sum)
}

func grown(m, from, to uint64, whole bool, sum Sum) ([]seal.Digest, error) {
	if m == to-from {
		if whole {
			return nil, nil
		}
		d, err := sum(from, to)
		return []seal.Digest{d}, err
	}
	k := Split(to - from)
	var out []seal.Digest
	var d seal.Digest
	var err error
	if m <= k {
		if out, err = grown(m, from, from+k, whole, sum); err == nil {
			d, err = sum(from+k, to)
		}
	} else {
		if out, err = grown(m-k, from+k, to, false, sum); err == nil {
			d, err = sum(from, from+k)
		}
	}
	return append(out, d), err
}

// Consistent is nil when a log of n entries with a root begins with one of m entries
// with another.
func Consistent(m, n uint64, path []seal.Digest, older, newer seal.Digest) error {
	switch {
	case m > n:
		return ErrRange
	case m == n:
		return same(len(path) == 0 && older == newer)
	case m == 0:
		return same(len(path) == 0 && older == Empty())
	case len(path) == 0:
		return ErrInconsistent
	}
	if m&(m-1) == 0 { // the older log is a complete tree, and its root stands in front
		path = append([]seal.Digest{older}, path...)
	}
	fn, sn := m-1, n-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := path[0], path[0]
	for _, c := range path[1:] {
		if sn == 0 {
			return ErrInconsistent
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = Node(c, fr), Node(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = Node(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	return same(sn == 0 && fr == older && sr == newer)
}

func same(yes bool) error {
	if yes {
		return nil
	}
	return ErrInconsistent
}
