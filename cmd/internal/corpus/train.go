package corpus

import (
	"context"
	"slices"

	"xiangyi/protocol"
)

// Frames are what the line carries from the days of several villages: frames of
// one Change, as an urgent one travels, and of many.
func Frames(ctx context.Context) ([][]protocol.Change, error) {
	var frames [][]protocol.Change
	for seed := range uint64(6) {
		known, days, err := Make(ctx, 100+seed, 120, 1200)
		if err != nil {
			return nil, err
		}
		of := lanes(append(known, days...))
		for lane := range protocol.Lane(protocol.Lanes) {
			for _, n := range []int{1, 2, 8, 64} {
				frames = slices.AppendSeq(frames, slices.Chunk(of[lane], n))
			}
		}
	}
	return frames, nil
}

// lanes puts Changes into the lanes that carry them.
func lanes(all []protocol.Change) map[protocol.Lane][]protocol.Change {
	out := map[protocol.Lane][]protocol.Change{}
	for _, c := range all {
		out[c.Lane] = append(out[c.Lane], c)
	}
	return out
}
