package blobs

import (
	"encoding/binary"
	"fmt"

	"xiangyi/protocol/seal"
)

// Requests and replies, one byte of sort first. A line carries one request and its reply at a time.
const (
	askHave     byte = 'A' // ref:32
	askOffer    byte = 'O' // manifest
	askKeep     byte = 'C' // ref:32 index:u32be plaintext of the chunk
	askManifest byte = 'M' // ref:32
	askChunk    byte = 'G' // ref:32 index:u32be

	sayHave     byte = 'B' // held:u8 bitmap
	sayManifest byte = 'm' // manifest
	sayChunk    byte = 'g' // plaintext of the chunk
	sayKept     byte = 'K' // the chunk is on the disk
	sayUnknown  byte = 'U' // not here
	sayWrong    byte = 'W' // the request cannot be right
	sayFull     byte = 'S' // no room
	sayTrouble  byte = 'T' // try later
)

const refSize = seal.DigestSize

func request(sort byte, ref Ref) []byte { return append([]byte{sort}, ref[:]...) }

func requestChunk(sort byte, ref Ref, i int, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(request(sort, ref), uint32(i))
	return append(b, data...)
}

// RefOf says which blob a request is about, and whether it only reads. Errors:
// ErrWrong, ErrManifest.
func RefOf(request []byte) (ref Ref, reads bool, err error) {
	if len(request) == 0 {
		return Ref{}, false, ErrWrong
	}
	if request[0] == askOffer {
		m, err := DecodeManifest(request[1:])
		if err != nil {
			return Ref{}, false, err
		}
		return m.Ref(), false, nil
	}
	ref, _, err = splitRef(request[1:])
	return ref, request[0] != askKeep, err
}

// AskHeld is the request whose reply says what is there, and whether it is held.
func AskHeld(ref Ref) []byte { return request(askHave, ref) }

// SaysHeld reports whether a reply says that the far side holds the blob.
func SaysHeld(reply []byte) bool { return len(reply) > 1 && reply[0] == sayHave && reply[1] == 1 }

// IsUnknown reports whether a reply says that what was asked for is not there.
func IsUnknown(reply []byte) bool { return len(reply) == 1 && reply[0] == sayUnknown }

// Refused and Trouble are replies for a host that must not or cannot pass a
// request on: not here for whoever asks, and try later.
var (
	Refused = []byte{sayUnknown}
	Trouble = []byte{sayTrouble}
)

// splitRef takes the ref off a request.
func splitRef(b []byte) (Ref, []byte, error) {
	if len(b) < refSize {
		return Ref{}, nil, fmt.Errorf("%w: no ref", ErrWrong)
	}
	return Ref(b[:refSize]), b[refSize:], nil
}

// splitChunk takes ref and index off a request.
func splitChunk(b []byte) (Ref, int, []byte, error) {
	ref, b, err := splitRef(b)
	if err != nil || len(b) < 4 {
		return Ref{}, 0, nil, fmt.Errorf("%w: no index", ErrWrong)
	}
	i := binary.BigEndian.Uint32(b)
	if i >= MaxLength/ChunkSize {
		return Ref{}, 0, nil, fmt.Errorf("%w: index %d", ErrWrong, i)
	}
	return ref, int(i), b[4:], nil
}
