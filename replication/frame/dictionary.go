package frame

import (
	"embed"
	"encoding/json"
	"io/fs"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// Dictionaries hold what bodies have in common, so that a frame of few Changes
// is small: words, and what the compressor has seen. Their number is in the
// frame's head; 0 is none. One that was shipped is never changed or removed:
// frames that need it are in logs and backups.
//
//go:embed dictionaries
var shipped embed.FS

// Newest is the newest dictionary that this program knows; Oldest is known to
// all. Offered is the newest that the release before knew too: the county tells
// stations of it, since every one of its nodes must open a frame alike while
// nodes of two releases stand beside each other.
const (
	None    = 0
	Oldest  = 1
	Offered = 1
	Newest  = 1
)

// dictionary is one of them, and compressors that have it.
type dictionary struct {
	words         *lexicon
	packer, dense *zstd.Encoder
}

// The compressors are made and first used while the program starts, so that the
// channels inside them belong to nobody's test clock. All are safe for
// concurrent use.
var dictionaries, opener = compressors()

func compressors() (map[uint32]dictionary, *zstd.Decoder) {
	known := map[uint32]dictionary{None: unaided()}
	var all [][]byte
	for n := uint32(Oldest); n <= Newest; n++ {
		raw, words := load(n)
		all = append(all, raw)
		known[n] = dictionary{newLexicon(words), encoder(quick, zstd.WithEncoderDict(raw)), encoder(better, zstd.WithEncoderDict(raw))}
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(mostBytes), zstd.WithDecoderDicts(all...))
	if err != nil {
		panic("frame: compression options: " + err.Error()) // constants of this file
	}
	return known, d
}

// unaided is for what has no dictionary: recordings and tests.
func unaided() dictionary {
	e := encoder(quick)
	return dictionary{newLexicon(nil), e, e}
}

// A good line is quicker than the better compression. The best level of all
// would hold 35 MB of tables an encoder, twice that with a dictionary: more than
// a station's box has for it.
const (
	quick  = zstd.SpeedFastest
	better = zstd.SpeedBetterCompression
)

func encoder(level zstd.EncoderLevel, more ...zstd.EOption) *zstd.Encoder {
	options := append([]zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true)}, more...)
	e, err := zstd.NewWriter(nil, options...)
	if err != nil {
		panic("frame: compression options: " + err.Error()) // constants of this file
	}
	e.EncodeAll(nil, nil)
	return e
}

// load reads a dictionary that was shipped: NUMBER.zdict for the compressor,
// NUMBER.json its words.
func load(n uint32) (raw []byte, words []string) {
	name := "dictionaries/" + strconv.FormatUint(uint64(n), 10)
	raw, err := fs.ReadFile(shipped, name+".zdict")
	if err == nil {
		var list []byte
		if list, err = fs.ReadFile(shipped, name+".json"); err == nil {
			err = json.Unmarshal(list, &words)
		}
	}
	if err != nil {
		panic("frame: dictionary: " + err.Error()) // part of the program
	}
	return raw, words
}

// Common is the newest dictionary that this program and a side that knows theirs
// both know.
func Common(theirs uint32) uint32 { return max(Oldest, min(theirs, Newest)) }
