package frame

import (
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"

	"xiangyi/protocol"
)

// Words. A text is a reference: 0 a new word, defined in the stream of words;
// 1 the Change's subject; 2 the identifier that the write mints; else 3 and the
// number of a word that stands already. Word 0 is the empty text; those of the
// dictionary follow, then those of the body.
const (
	newWord = iota
	theSubject
	theMinted
	firstWord
)

// How a word is defined.
const (
	plain  = iota // length, text
	drawn         // number of bytes; they stand in the raw stream, in base 32 here
	joined        // two references: one word behind the other
	number        // a reference and a number behind it
	minted        // lane, seq as difference to the newest minted of its lane, n: an identifier of this journal
)

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// wordWriter numbers words.
type wordWriter struct {
	*streams
	place  protocol.Position // of the journal
	common *lexicon
	fresh  map[string]uint64     // the body's own
	latest [protocol.Lanes]int64 // seq of minted identifiers
	depth  int
	spelt  []string // what a dictionary could have held
}

// lexicon is what a dictionary has of words, the empty text first.
type lexicon struct {
	words  []string
	number map[string]uint64
}

func newLexicon(words []string) *lexicon {
	l := &lexicon{words: append([]string{""}, words...), number: map[string]uint64{}}
	for n, w := range l.words {
		l.number[w] = uint64(n)
	}
	return l
}

// A word may be made of others, so many deep; longer ones are never taken apart.
const (
	deepest  = 8
	longWord = 256
)

func newWordWriter(s *streams, place protocol.Position, common *lexicon) *wordWriter {
	return &wordWriter{streams: s, place: place, common: common, fresh: map[string]uint64{}}
}

// known is the number of a word that stands already.
func (w *wordWriter) known(text string) (uint64, bool) {
	n, there := w.common.number[text]
	if !there {
		n, there = w.fresh[text]
	}
	return n, there
}

// ref is the reference to a text, whose definition it writes when it is new.
func (w *wordWriter) ref(text string, at context) uint64 {
	if n, there := w.known(text); there {
		if text != "" && text == at.subject {
			return theSubject
		}
		return firstWord + n
	}
	switch {
	case text == at.subject:
		return theSubject
	case text == string(at.rev.ID()):
		return theMinted
	}
	w.depth++
	w.define(text, at)
	w.depth--
	w.fresh[text] = uint64(len(w.common.words) + len(w.fresh))
	return newWord
}

func (w *wordWriter) define(text string, at context) {
	if isRandom(text) {
		b, err := letters.DecodeString(strings.ToUpper(text))
		if err == nil && strings.ToLower(letters.EncodeToString(b)) == text {
			w.words = append(w.words, drawn, byte(len(b)))
			w.raw = append(w.raw, b...)
			return
		}
	}
	if r, ok := w.own(text); ok {
		w.words = append(w.words, minted, byte(r.Lane))
		w.words = binary.AppendVarint(w.words, int64(r.Seq)-w.latest[r.Lane])
		w.words = binary.AppendUvarint(w.words, uint64(r.N))
		w.latest[r.Lane] = int64(r.Seq)
		return
	}
	if w.depth > deepest || len(text) > longWord {
		w.plain(text)
		return
	}
	if cut := w.split(text, at); cut > 0 {
		w.pair(joined, func() uint64 { return w.ref(text[:cut], at) }, func() uint64 { return w.ref(text[cut:], at) })
		return
	}
	if cut := len(strings.TrimRight(text, "0123456789")); cut > 0 && cut < len(text) && len(text)-cut < 16 && text[cut] != '0' {
		n, _ := strconv.ParseUint(text[cut:], 10, 64)
		w.spelt = append(w.spelt, text)
		w.pair(number, func() uint64 { return w.ref(text[:cut], at) }, func() uint64 { return n })
		return
	}
	w.plain(text)
}

func (w *wordWriter) plain(text string) {
	w.spelt = append(w.spelt, text)
	w.words = binary.AppendUvarint(append(w.words, plain), uint64(len(text)))
	w.words = append(w.words, text...)
}

// pair writes a definition of two numbers; words that the first or second needs
// stand behind it, in that order.
func (w *wordWriter) pair(kind byte, first, second func() uint64) {
	at := len(w.words)
	a := first()
	b := second()
	head := binary.AppendUvarint(binary.AppendUvarint([]byte{kind}, a), b)
	w.words = append(w.words, head...)
	copy(w.words[at+len(head):], w.words[at:len(w.words)-len(head)])
	copy(w.words[at:], head)
}

// own reads an identifier that this journal minted.
func (w *wordWriter) own(text string) (protocol.Rev, bool) {
	place, n, ok := strings.Cut(text, "-")
	if !ok || !strings.HasPrefix(place, string(w.place.Site)+".") {
		return protocol.Rev{}, false
	}
	p, err := protocol.ParsePosition(place)
	k, err2 := strconv.ParseUint(n, 36, 16)
	r := protocol.Rev{Position: p, N: uint16(k)}
	return r, err == nil && err2 == nil && p.Incarnation == w.place.Incarnation && p.Lane < protocol.Lanes && string(r.ID()) == text
}

const separators = "./:"

// split is where a text is better two words: behind a beginning that is an
// identifier or known, or before an end that is.
func (w *wordWriter) split(text string, at context) int {
	for cut := strings.LastIndexAny(text, separators); cut > 0; cut = strings.LastIndexAny(text[:cut], separators) {
		if w.telling(text[:cut], at) {
			return cut
		}
		if w.telling(text[cut+1:], at) {
			return cut + 1
		}
	}
	return 0
}

func (w *wordWriter) telling(text string, at context) bool {
	if len(text) < 6 {
		return false
	}
	_, known := w.known(text)
	_, own := w.own(text)
	return known || own || isRandom(text) || text == at.subject || text == string(at.rev.ID())
}

// isRandom tells words of base 32 that are whole bytes and long enough to be
// drawn: identifiers of persons, keys of forms.
func isRandom(text string) bool {
	return len(text) >= 16 && len(text) <= 64 && len(text)%8 == 0 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// wordReader knows the words of a body.
type wordReader struct {
	words, raw *source
	place      protocol.Position
	common     *lexicon
	fresh      []string
	latest     [protocol.Lanes]int64
	room       int // bytes that texts may still make
	depth      int
}

// text is what a reference says.
func (r *wordReader) text(ref uint64, at context) string {
	var s string
	switch {
	case ref == theSubject:
		s = at.subject
	case ref == theMinted:
		s = string(at.rev.ID())
	case ref >= firstWord && ref-firstWord < uint64(len(r.common.words)):
		s = r.common.words[ref-firstWord]
	case ref >= firstWord && ref-firstWord-uint64(len(r.common.words)) < uint64(len(r.fresh)):
		s = r.fresh[ref-firstWord-uint64(len(r.common.words))]
	case ref == newWord && len(r.fresh) < protocol.MaxFrameBytes && r.depth <= deepest+1:
		r.depth++
		s = r.define(at)
		r.depth--
		r.fresh = append(r.fresh, s)
	default:
		r.words.fail()
	}
	if r.room -= len(s); r.room < 0 {
		r.words.fail()
		return ""
	}
	return s
}

func (r *wordReader) define(at context) string {
	switch r.words.byte() {
	case plain:
		return string(r.words.take(int(min(r.words.uvarint(), protocol.MaxFrameBytes))))
	case drawn:
		return strings.ToLower(letters.EncodeToString(r.raw.take(int(r.words.byte()))))
	case joined:
		a, b := r.words.uvarint(), r.words.uvarint()
		first := r.text(a, at)
		return first + r.text(b, at)
	case number:
		a, n := r.words.uvarint(), r.words.uvarint()
		return r.text(a, at) + strconv.FormatUint(n, 10)
	case minted:
		lane := r.words.byte()
		seq, n := r.words.varint(), r.words.uvarint()
		if lane >= protocol.Lanes || n > 0xFFFF {
			break
		}
		r.latest[lane] += seq
		rev := protocol.Rev{Position: protocol.Position{Site: r.place.Site, Incarnation: r.place.Incarnation, Lane: protocol.Lane(lane), Seq: protocol.Seq(r.latest[lane])}, N: uint16(n)}
		return string(rev.ID())
	}
	r.words.fail()
	return ""
}
