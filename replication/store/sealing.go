package store

import (
	"fmt"

	"xiangyi/protocol"
)

// Values rest sealed under the key of their person and class, bound to the
// revision and record that they belong to: a value cannot be moved to another.

func valueContext(rev protocol.Rev, ref protocol.Ref) []byte {
	b := protocol.AppendRev([]byte("xiangyi/value/1\x00"), rev)
	return append(b, ref.String()...)
}

func (s *Snapshot) seal(rev protocol.Rev, w *protocol.Write) ([]byte, error) {
	key := s.core.opts.Keys.Person(string(w.Subject), uint8(w.Class))
	sealed, err := key.Prepare().SealValue(s.core.opts.Rand, w.Value, valueContext(rev, w.Ref))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", rev, err)
	}
	return sealed, nil
}

func (s *Snapshot) open(rev protocol.Rev, w *protocol.Write, sealed []byte) (protocol.Value, error) {
	key := s.core.opts.Keys.Person(string(w.Subject), uint8(w.Class))
	plain, err := key.Prepare().OpenValue(sealed, valueContext(rev, w.Ref))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", rev, err)
	}
	return plain, nil
}
