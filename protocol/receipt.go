package protocol

import (
	"encoding/binary"
	"fmt"

	"xiangyi/protocol/seal"
)

// Status is the county's answer to a frame.
type Status uint8

// The answers.
const (
	OK   Status = 1 // held; the high-water mark covers the frame
	Gap  Status = 2 // send from the high-water mark
	Fork Status = 3 // another hash stands there: open a new incarnation
	Busy Status = 4 // nothing done; try again after RetryAfter
)

// Receipt is what the county says it holds of one lane: the A1 receipt, and
// the answer to a frame.
type Receipt struct {
	Status      Status
	Site        Site
	Incarnation Incarnation
	Lane        Lane
	HighWater   Seq         // every Change up to here is on a quorum's disks
	Hash        seal.Digest // chain hash at HighWater
	Ledger      Cursor      // where the newest of them stands in the ledger
	Credit      uint32      // bytes that may be under way
	RetryAfter  uint16      // milliseconds, with Busy
	Signature   []byte      // the county's SM2 signature over Statement
}

// Statement is what the county signs: the receipt without credit and patience.
func (r *Receipt) Statement() []byte {
	b := append([]byte("xiangyi/receipt/1\x00"), byte(r.Status))
	b = appendPosition(b, Position{r.Site, r.Incarnation, r.Lane, r.HighWater})
	b = append(b, r.Hash[:]...)
	return binary.AppendUvarint(b, uint64(r.Ledger))
}

// AppendReceipt appends the receipt as it travels.
func AppendReceipt(b []byte, r *Receipt) []byte {
	b = append(b, byte(r.Status))
	b = appendPosition(b, Position{r.Site, r.Incarnation, r.Lane, r.HighWater})
	b = append(b, r.Hash[:]...)
	b = binary.AppendUvarint(b, uint64(r.Ledger))
	b = binary.AppendUvarint(b, uint64(r.Credit))
	b = binary.AppendUvarint(b, uint64(r.RetryAfter))
	return appendString(b, string(r.Signature))
}

// DecodeReceipt reads what AppendReceipt wrote.
func DecodeReceipt(b []byte) (Receipt, error) {
	r := &reader{b: b}
	out := Receipt{Status: Status(r.byte())}
	p := r.position()
	out.Site, out.Incarnation, out.Lane, out.HighWater = p.Site, p.Incarnation, p.Lane, p.Seq
	copy(out.Hash[:], r.bytes(len(out.Hash)))
	out.Ledger = Cursor(r.uvarint())
	out.Credit = uint32(r.uvarint())
	out.RetryAfter = uint16(r.uvarint())
	out.Signature = []byte(r.string())
	if r.err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", r.err)
	}
	return out, nil
}
