package corpus

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
)

// packed is how many bytes frames of n Changes take, without the line's head of
// a message.
func packed(t testing.TB, all []protocol.Change, n int) (bytes, changes int) {
	t.Helper()
	for _, lane := range lanes(all) {
		for part := range slices.Chunk(lane, n) {
			if len(part) < n {
				continue
			}
			f, err := frame.Pack(Keys(), rand.Reader, 1, frame.Packing{Dictionary: frame.Newest, Dense: true}, seal.Digest{}, part)
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(protocol.AppendFrame(nil, &f))
			changes += n
		}
	}
	return bytes, changes
}

func of(all []protocol.Change, name protocol.ActionName) []protocol.Change {
	return slices.DeleteFunc(slices.Clone(all), func(c protocol.Change) bool { return c.Action != name })
}

func BenchmarkFrameBytes(b *testing.B) {
	_, all, err := Make(b.Context(), 11, 240, 3000)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("all/%d", n), func(b *testing.B) {
			for b.Loop() {
				bytes, changes := packed(b, all, n)
				b.ReportMetric(float64(bytes)/float64(changes), "B/change")
			}
		})
	}
	for _, name := range []protocol.ActionName{"exam.record", "exam.enter", "exam.start", "appointment.book"} {
		some := of(all, name)
		b.Run(fmt.Sprintf("%s/64", name), func(b *testing.B) {
			for b.Loop() {
				bytes, changes := packed(b, some, 64)
				b.ReportMetric(float64(bytes)/float64(changes), "B/change")
			}
		})
	}
}

func BenchmarkPack(b *testing.B) {
	_, all, err := Make(b.Context(), 11, 240, 2000)
	if err != nil {
		b.Fatal(err)
	}
	some := lanes(all)[protocol.Urgent]
	some = some[:256]
	f, err := frame.Pack(Keys(), rand.Reader, 1, frame.Packing{Dictionary: frame.Newest, Dense: true}, seal.Digest{}, some)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("pack", func(b *testing.B) {
		for b.Loop() {
			if _, err := frame.Pack(Keys(), rand.Reader, 1, frame.Packing{Dictionary: frame.Newest, Dense: true}, seal.Digest{}, some); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "changes/s")
	})
	b.Run("unpack", func(b *testing.B) {
		for b.Loop() {
			if _, err := frame.Unpack(Keys(), &f); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "changes/s")
	})
}
