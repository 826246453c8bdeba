package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// The proof log: every Change that takes its place in the ledger is a leaf, in the
// order of the ledger, stored in the same transaction. What is mended is a leaf
// already. Nodes of equal command have equal trees, however entries were grouped.
//
//	T              size:u64be
//	t 0 index      entries of a tile of 32 leaves: { cursor:u64be  leaf:32 bytes }
//	t h index      root of a complete tree of height h = 5, 10, 15 …
//	U              the log is being made of what stood before there was one
const (
	rowTree  = "T"
	rowTile  = "t"
	rowPlant = "U"

	tileHeight = 5
	tileSize   = 1 << tileHeight
)

func tileKey(height byte, index uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{rowTile[0], height}, index))
}

// leafAt is an entry of the log.
type leafAt struct {
	cursor protocol.Cursor
	leaf   seal.Digest
}

// tree is where a turn adds to the log: the newest tile, and how many leaves there are.
type tree struct {
	loaded bool
	dirty  bool
	size   uint64
	tile   []leafAt // of the tile that is not full
}

// add makes a Change a leaf.
func (t *tree) add(b *store.Batch, c *protocol.Change, at protocol.Cursor) error {
	if err := t.load(b.Snapshot); err != nil {
		return err
	}
	t.tile = append(t.tile, leafAt{at, protocol.Leaf(c)})
	t.size++
	t.dirty = true
	if len(t.tile) < tileSize {
		return nil
	}
	return t.complete(b)
}

func (t *tree) load(s *store.Snapshot) (err error) {
	if t.loaded {
		return nil
	}
	if t.size, err = treeSize(s); err != nil {
		return err
	}
	if t.size%tileSize != 0 {
		if t.tile, err = readTile(s, t.size/tileSize); err != nil {
			return err
		}
	}
	t.loaded = true
	return nil
}

// complete writes a tile that is full, and the roots that became complete with it.
func (t *tree) complete(b *store.Batch) error {
	index := t.size/tileSize - 1
	if err := b.SetMeta(tileKey(0, index), encodeTile(t.tile)); err != nil {
		return err
	}
	var below []seal.Digest
	for _, l := range t.tile {
		below = append(below, l.leaf)
	}
	t.tile = nil
	for height := byte(tileHeight); ; height += tileHeight {
		root := proof.Root(below)
		if err := b.SetMeta(tileKey(height, index), root[:]); err != nil {
			return err
		}
		if (index+1)%tileSize != 0 {
			return nil
		}
		below = nil
		for i := index + 1 - tileSize; i < index; i++ {
			d, err := readNode(b.Snapshot, height, i)
			if err != nil {
				return err
			}
			below = append(below, d)
		}
		below = append(below, root)
		index /= tileSize
	}
}

// save writes what a transaction ends with.
func (t *tree) save(b *store.Batch) error {
	if !t.dirty {
		return nil
	}
	t.dirty = false
	if len(t.tile) > 0 {
		if err := b.SetMeta(tileKey(0, t.size/tileSize), encodeTile(t.tile)); err != nil {
			return err
		}
	}
	return b.SetMeta(rowTree, binary.BigEndian.AppendUint64(nil, t.size))
}

func encodeTile(tile []leafAt) (b []byte) {
	for _, l := range tile {
		b = append(binary.BigEndian.AppendUint64(b, uint64(l.cursor)), l.leaf[:]...)
	}
	return b
}

func treeSize(s *store.Snapshot) (uint64, error) {
	b, err := s.Meta(rowTree)
	if b == nil || err != nil {
		return 0, err
	}
	c := &cutter{b: b}
	n := c.u64()
	return n, c.done()
}

func readTile(s *store.Snapshot, index uint64) (out []leafAt, err error) {
	b, err := s.Meta(tileKey(0, index))
	if err != nil {
		return nil, err
	}
	c := &cutter{b: b}
	for len(c.b) > 0 && !c.bad {
		out = append(out, leafAt{protocol.Cursor(c.u64()), c.digest()})
	}
	if c.bad || len(out) == 0 || len(out) > tileSize {
		return nil, fmt.Errorf("tile %d of the proof log: %w", index, errState)
	}
	return out, nil
}

func readNode(s *store.Snapshot, height byte, index uint64) (seal.Digest, error) {
	b, err := s.Meta(tileKey(height, index))
	if err != nil {
		return seal.Digest{}, err
	}
	c := &cutter{b: b}
	d := c.digest()
	return d, c.done()
}

// sums reads the tree of a node's records.
func sums(s *store.Snapshot) proof.Sum {
	var sum proof.Sum
	sum = func(from, to uint64) (seal.Digest, error) {
		n := to - from
		if from/tileSize == (to-1)/tileSize && n < tileSize {
			tile, err := readTile(s, from/tileSize)
			if err != nil || uint64(len(tile)) < n+from%tileSize {
				return seal.Digest{}, errors.Join(err, proof.ErrRange)
			}
			var leaves []seal.Digest
			for _, l := range tile[from%tileSize : from%tileSize+n] {
				leaves = append(leaves, l.leaf)
			}
			return proof.Root(leaves), nil
		}
		for height, size := byte(tileHeight), uint64(tileSize); size <= n; height, size = height+tileHeight, size*tileSize {
			if n == size && from%size == 0 {
				return readNode(s, height, from/size)
			}
		}
		k := from + proof.Split(n)
		left, err := sum(from, k)
		if err != nil {
			return seal.Digest{}, err
		}
		right, err := sum(k, to)
		return proof.Node(left, right), err
	}
	return sum
}

// rootOf is the root of the log's first n entries.
func rootOf(s *store.Snapshot, n uint64) (seal.Digest, error) {
	if n == 0 {
		return proof.Empty(), nil
	}
	return sums(s)(0, n)
}

// indexOf finds the entry at a place of the ledger.
func indexOf(s *store.Snapshot, at protocol.Cursor, size uint64) (index uint64, leaf seal.Digest, err error) {
	low, high := uint64(0), (size+tileSize-1)/tileSize
	for low < high {
		middle := (low + high) / 2
		tile, err := readTile(s, middle)
		switch {
		case err != nil:
			return 0, leaf, err
		case at < tile[0].cursor:
			high = middle
		case at > tile[len(tile)-1].cursor:
			low = middle + 1
		default:
			n := slices.IndexFunc(tile, func(l leafAt) bool { return l.cursor == at })
			if n < 0 {
				return 0, leaf, protocol.ErrNotFound
			}
			return middle*tileSize + uint64(n), tile[n].leaf, nil
		}
	}
	return 0, leaf, protocol.ErrNotFound
}

// plant makes the log of records from before there was one: of the feed, which is
// the same on every node. It goes on where a crash ended it.
func (m *machine) plant() error {
	h, err := m.shelf.take()
	if err != nil {
		return err
	}
	defer h.give()
	for more := true; more; {
		err := h.Update(func(b *store.Batch) (err error) {
			more, err = plantSome(b)
			return err
		})
		if err != nil {
			return fmt.Errorf("ledger: make the proof log: %w", err)
		}
	}
	return nil
}

// plantMost bounds one transaction.
const plantMost = 1024

func plantSome(b *store.Batch) (more bool, err error) {
	size, err := treeSize(b.Snapshot)
	if err != nil {
		return false, err
	}
	under, err := b.Meta(rowPlant)
	if err != nil || under == nil && (size > 0 || b.Last() == 0) {
		return false, err
	}
	t := &tree{}
	if err := t.load(b.Snapshot); err != nil {
		return false, err
	}
	from := protocol.Cursor(0)
	if size > 0 {
		tile, err := readTile(b.Snapshot, (size-1)/tileSize)
		if err != nil {
			return false, err
		}
		from = tile[len(tile)-1].cursor
	}
	err = b.EachFeed(from, func(at protocol.Cursor, c protocol.Change) (bool, error) {
		more = t.size-size >= plantMost
		if more {
			return false, nil
		}
		return true, t.add(b, &c, at)
	})
	if err != nil {
		return false, err
	}
	if err := t.save(b); err != nil || more {
		return more, errors.Join(err, b.SetMeta(rowPlant, []byte{}))
	}
	return false, b.SetMeta(rowPlant, nil)
}
