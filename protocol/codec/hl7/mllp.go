package hl7

import (
	"bufio"
	"bytes"
	"io"
)

// The bytes around a message on a stream. None of them is ever part of a character, in UTF-8 or in GB 18030.
const (
	startBlock = 0x0b
	endBlock   = 0x1c
	frameEnd   = '\r'
)

// FrameMLLP returns message within its frame, ready to be written. Encode never leaves a byte of the frame inside.
func FrameMLLP(message []byte) []byte {
	out := make([]byte, 0, len(message)+3)
	out = append(out, startBlock)
	out = append(out, message...)
	return append(out, endBlock, frameEnd)
}

// SplitMLLP is a bufio.SplitFunc whose tokens are messages without their frames. Whatever is outside frames is skipped. A frame
// ends at its 0x1C; the CR behind is not waited for, as some senders leave it out. A second start within a frame means that the
// sender began anew: what came before is dropped. The errors are *Error: TooLarge for a frame over MaxMessage, Partial when the
// stream ends within one.
//
// A bufio.Scanner holds 64 KB unless told otherwise: use NewScanner, or its Buffer.
func SplitMLLP(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start := bytes.IndexByte(data, startBlock)
	if start < 0 {
		return len(data), nil, nil
	}
	end := bytes.IndexByte(data[start:], endBlock)
	if end < 0 {
		switch {
		case len(data)-start-1 > MaxMessage:
			return 0, nil, &Error{Kind: TooLarge, Offset: MaxMessage}
		case atEOF:
			return len(data), nil, &Error{Kind: Partial, Offset: len(data) - start}
		}
		return start, nil, nil // drop what is in front, wait for more
	}
	end += start
	start = bytes.LastIndexByte(data[:end], startBlock)
	if end-start-1 > MaxMessage {
		return 0, nil, &Error{Kind: TooLarge, Offset: MaxMessage}
	}
	return end + 1, data[start+1 : end], nil
}

// NewScanner returns a scanner over the messages of r that holds frames up to MaxMessage. Its tokens are valid until the next
// Scan.
func NewScanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4<<10), MaxMessage+4)
	s.Split(SplitMLLP)
	return s
}
