package store

import (
	"encoding/binary"
	"errors"

	"xiangyi/protocol"
)

// SiteTail is where one lane of one incarnation of a site stands.
type SiteTail struct {
	Incarnation protocol.Incarnation
	Lane        protocol.Lane
	Seq         protocol.Seq
}

// Tails lists where every lane of a site stands, in no order of time.
func (s *Snapshot) Tails(site protocol.Site) (out []SiteTail, err error) {
	err = s.each(appendName([]byte{rowTail}, site), func(key, value []byte) error {
		if len(key) != 9 || len(value) < 8 {
			return damaged("tail of "+string(site), errors.New("cut short"))
		}
		out = append(out, SiteTail{
			Incarnation: protocol.Incarnation(binary.BigEndian.Uint64(key)),
			Lane:        protocol.Lane(key[8]),
			Seq:         protocol.Seq(binary.BigEndian.Uint64(value)),
		})
		return nil
	})
	return out, err
}
