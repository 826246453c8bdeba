package blobs

import (
	"context"
	"errors"

	"xiangyi/protocol"
)

// Keeper answers the requests of the other side. A follower of the county is a Keeper without peers; the leader has one line to
// each of the other nodes, and says "held" when a majority of all nodes has every chunk verified on its disk.
type Keeper struct {
	Store *Store
	Peers []Line
}

// Answer gives the reply to one request. It never fails: what cannot be done is a reply as well.
func (k *Keeper) Answer(ctx context.Context, request []byte) []byte {
	reply, err := k.answer(ctx, request)
	switch {
	case err == nil:
		return reply
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrMissing), errors.Is(err, ErrDamaged):
		return []byte{sayUnknown}
	case errors.Is(err, ErrWrong), errors.Is(err, ErrManifest):
		return []byte{sayWrong}
	case errors.Is(err, protocol.ErrSpace):
		return []byte{sayFull}
	default:
		k.Store.opts.Log.Error("a request for a blob was not answered", "error", err)
		return []byte{sayTrouble}
	}
}

func (k *Keeper) answer(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) == 0 {
		return nil, ErrWrong
	}
	body := request[1:]
	switch request[0] {
	case askOffer:
		m, err := DecodeManifest(body)
		if err == nil {
			err = k.Store.Expect(m)
		}
		if err != nil {
			return nil, err
		}
		return k.have(ctx, m.Ref())
	case askHave, askManifest:
		ref, _, err := splitRef(body)
		if err != nil {
			return nil, err
		}
		if request[0] == askHave {
			return k.have(ctx, ref)
		}
		m, err := k.Store.Manifest(ref)
		return m.Append([]byte{sayManifest}), err
	case askKeep:
		ref, i, data, err := splitChunk(body)
		if err != nil {
			return nil, err
		}
		return []byte{sayKept}, k.Store.Add(ref, i, data)
	case askChunk:
		ref, i, _, err := splitChunk(body)
		if err != nil {
			return nil, err
		}
		data, err := k.Store.Chunk(ref, i)
		return append([]byte{sayChunk}, data...), err
	default:
		return nil, ErrWrong
	}
}

// have answers with the bitmap, and "held" when that is true.
func (k *Keeper) have(ctx context.Context, ref Ref) ([]byte, error) {
	have, err := k.Store.Have(ref)
	if err != nil {
		return nil, err
	}
	m, err := k.Store.Manifest(ref)
	if err != nil {
		return nil, err
	}
	var held byte
	if have.Full(len(m.Chunks)) {
		ok, err := k.confirm(ctx, ref)
		if err != nil {
			return nil, err
		}
		if ok {
			held = 1
		} else if have, err = k.Store.Have(ref); err != nil { // a chunk may have turned out damaged
			return nil, err
		}
	}
	return append([]byte{sayHave, held}, have...), nil
}

// confirm reports whether a majority of the nodes holds the blob, bringing it to them first. What was confirmed once stays so.
func (k *Keeper) confirm(ctx context.Context, ref Ref) (bool, error) {
	if k.Store.Held(ref) {
		return true, nil
	}
	if _, _, err := k.Store.Read(ref); errors.Is(err, ErrDamaged) || errors.Is(err, ErrMissing) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	nodes, have := 1+len(k.Peers), 1
	if have > nodes/2 {
		return true, k.Store.SetHeld(ref)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, len(k.Peers))
	for _, p := range k.Peers {
		go func() { done <- k.bring(ctx, ref, p) }()
	}
	for range k.Peers {
		if err := <-done; err != nil {
			k.Store.opts.Log.Warn("a node did not take a blob", "error", err)
		} else if have++; have > nodes/2 {
			cancel() // the others take it when they are asked for it
		}
	}
	if have > nodes/2 {
		return true, k.Store.SetHeld(ref)
	}
	return false, nil
}

// bring takes a blob to another node. One node's word is not the county's: it is counted, not noted.
func (k *Keeper) bring(ctx context.Context, ref Ref, to Line) error {
	v := Mover{Store: k.Store, Line: to, Quiet: func(ctx context.Context) error { return ctx.Err() }}
	held, err := v.send(ctx, ref)
	if err == nil && !held {
		err = ErrNotYet
	}
	return err
}
