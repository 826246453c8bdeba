package blobs

import (
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
)

// ErrNotYet is returned when the far side has every chunk, but not yet on a majority of its nodes.
var ErrNotYet = errors.New("blobs: not held yet")

// ErrLine is returned for a reply that does not answer the request.
var ErrLine = errors.New("blobs: not an answer")

// Line carries one request and brings its reply. An error says nothing about whether the request arrived.
type Line interface {
	Ask(ctx context.Context, request []byte) (reply []byte, err error)
}

// Mover moves blobs between a store and the far side of a line, one chunk at a time.
type Mover struct {
	Store *Store
	Line  Line
	// Quiet returns when no frame of any lane waits: a chunk takes only what the lanes leave. It is asked before each chunk.
	Quiet func(context.Context) error
}

// Upload sends what the far side lacks and returns when it said "held", which is then noted. After an error, call it again: it
// goes on at the next missing chunk, whoever restarted. Errors: of the line, ErrUnknown, ErrMissing and ErrDamaged (a chunk is
// lost here; Fetch may bring it), ErrNotYet, protocol.ErrSpace.
func (v *Mover) Upload(ctx context.Context, ref Ref) error {
	held, err := v.send(ctx, ref)
	if err != nil {
		return err
	}
	if !held {
		return ErrNotYet
	}
	return v.Store.SetHeld(ref)
}

// send sends what the far side lacks, and reports whether it said "held".
func (v *Mover) send(ctx context.Context, ref Ref) (bool, error) {
	m, err := v.Store.Manifest(ref)
	if err != nil {
		return false, err
	}
	have, held, err := v.offer(ctx, &m)
	if err != nil || have.Full(len(m.Chunks)) {
		return held, err
	}
	if err := v.sendMissing(ctx, ref, have, len(m.Chunks)); err != nil {
		return false, err
	}
	_, held, err = v.have(ctx, ref, len(m.Chunks))
	return held, err
}

// offer asks what the far side has, and tells it of the blob when it never heard of it.
func (v *Mover) offer(ctx context.Context, m *Manifest) (Bitmap, bool, error) {
	have, held, err := v.have(ctx, m.Ref(), len(m.Chunks))
	if !errors.Is(err, ErrUnknown) {
		return have, held, err
	}
	reply, err := v.ask(ctx, m.Append([]byte{askOffer}), sayHave)
	if err != nil {
		return nil, false, err
	}
	return readHave(reply, len(m.Chunks))
}

func (v *Mover) have(ctx context.Context, ref Ref, n int) (Bitmap, bool, error) {
	reply, err := v.ask(ctx, request(askHave, ref), sayHave)
	if err != nil {
		return nil, false, err
	}
	return readHave(reply, n)
}

func readHave(reply []byte, n int) (Bitmap, bool, error) {
	if len(reply) != 1+len(MakeBitmap(n)) {
		return nil, false, ErrLine
	}
	have := Bitmap(reply[1:])
	return have, reply[0] == 1 && have.Full(n), nil
}

// sendMissing sends the chunks that are not in have. A chunk that is lost here does not keep the others from going.
func (v *Mover) sendMissing(ctx context.Context, ref Ref, have Bitmap, n int) error {
	var lost error
	for i := range n {
		if have.Has(i) {
			continue
		}
		data, err := v.Store.Chunk(ref, i)
		if errors.Is(err, ErrMissing) || errors.Is(err, ErrDamaged) {
			lost = err
			continue
		}
		if err == nil {
			err = v.Quiet(ctx)
		}
		if err == nil {
			_, err = v.ask(ctx, requestChunk(askKeep, ref, i, data), sayKept)
		}
		if err != nil {
			return err
		}
	}
	return lost
}

// Fetch brings the chunks of a blob that are missing here, and returns when all are on this disk. After an error, call it
// again. Errors: of the line, ErrUnknown (the far side does not have it either), protocol.ErrSpace.
func (v *Mover) Fetch(ctx context.Context, ref Ref) error {
	m, err := v.Store.Manifest(ref)
	if errors.Is(err, ErrUnknown) {
		m, err = v.fetchManifest(ctx, ref)
	}
	if err != nil {
		return err
	}
	have, err := v.Store.Have(ref)
	if err != nil {
		return err
	}
	for i := range m.Chunks {
		if have.Has(i) {
			continue
		}
		if err := v.Quiet(ctx); err != nil {
			return err
		}
		data, err := v.ask(ctx, requestChunk(askChunk, ref, i, nil), sayChunk)
		if err == nil {
			err = v.Store.Add(ref, i, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *Mover) fetchManifest(ctx context.Context, ref Ref) (Manifest, error) {
	reply, err := v.ask(ctx, request(askManifest, ref), sayManifest)
	if err != nil {
		return Manifest{}, err
	}
	m, err := DecodeManifest(reply)
	if err == nil && m.Ref() != ref {
		err = fmt.Errorf("%w: manifest of another blob", ErrWrong)
	}
	if err != nil {
		return Manifest{}, err
	}
	return m, v.Store.Expect(m)
}

// ask gives the reply behind its sort, which must be want.
func (v *Mover) ask(ctx context.Context, request []byte, want byte) ([]byte, error) {
	reply, err := v.Line.Ask(ctx, request)
	if err != nil {
		return nil, err
	}
	if len(reply) == 0 {
		return nil, ErrLine
	}
	switch reply[0] {
	case want:
		return reply[1:], nil
	case sayUnknown:
		return nil, ErrUnknown
	case sayWrong:
		return nil, ErrWrong
	case sayFull:
		return nil, fmt.Errorf("blobs: far side: %w", protocol.ErrSpace)
	default:
		return nil, ErrLine
	}
}
