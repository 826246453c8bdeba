package frame

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"

	"xiangyi/protocol"
)

// The words of a dictionary: at most so many, each spelt out in some frames of a
// thousand.
const (
	mostWords       = 400
	worth           = 0.004
	dictionaryBytes = 32 << 10
)

// Train makes a dictionary with a number from frames such as a line carries:
// words, and what the compressor has seen. It takes minutes at most, and is
// never part of a running site.
func Train(number uint32, frames [][]protocol.Change) (raw []byte, words []string, err error) {
	words = common(frames)
	lexicon := newLexicon(words)
	var samples [][]byte
	for _, f := range frames {
		body := encodeBody(f, lexicon)
		samples = append(samples, body.join())
	}
	raw, err = dict.BuildZstdDict(samples, dict.Options{MaxDictSize: dictionaryBytes, HashBytes: 6, ZstdDictID: number, ZstdDictCompat: true, ZstdLevel: zstd.SpeedBestCompression})
	if err != nil {
		return nil, nil, fmt.Errorf("train dictionary: %w", err)
	}
	return raw, words, nil
}

// common are the words that many frames spell out, the commonest first: they get
// the shortest numbers.
func common(frames [][]protocol.Change) []string {
	counts := map[string]int{}
	for _, f := range frames {
		var s streams
		e := newBodyWriter(&s, f, newLexicon(nil))
		e.write()
		for _, w := range e.spelt {
			counts[w]++
		}
	}
	var out []string
	for w, n := range counts {
		if float64(n) > worth*float64(len(frames)) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return out[:min(len(out), mostWords)]
}
