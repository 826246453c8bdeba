package hospital

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// The bytes around a message in MLLP.
const (
	startBlock = 0x0B
	endBlock   = 0x1C
	carriage   = 0x0D
)

// maxMessage bounds a message in bytes.
const maxMessage = 1 << 20

var errTooLong = errors.New("mllp: message is too long")

// readFrame reads the next message; what stands before its start is noise.
func readFrame(r *bufio.Reader) ([]byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		if b == startBlock {
			break
		}
	}
	var out []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			return nil, fmt.Errorf("mllp: message breaks off: %w", err)
		}
		if n := len(out); b == carriage && n > 0 && out[n-1] == endBlock {
			return out[:n-1], nil
		}
		if len(out) == maxMessage {
			return nil, errTooLong
		}
		out = append(out, b)
	}
}

// writeFrame sends a message in one write.
func writeFrame(w io.Writer, message []byte) error {
	out := make([]byte, 0, len(message)+3)
	out = append(append(append(out, startBlock), message...), endBlock, carriage)
	_, err := w.Write(out)
	return err
}
