package card

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"time"

	"xiangyi/cmd/sandbox/peer/admin"
)

var sync5 = [5]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// The status bytes that the stand-in uses.
const (
	ok           = 0x90
	found        = 0x9F
	noCard       = 0x80
	selectFailed = 0x81
	readFailed   = 0x41
	badChecksum  = 0x10
	badCommand   = 0x21
)

// serve answers one connection, command by command.
func (r *Reader) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		r.mu.Lock()
		delete(r.conns, conn)
		r.mu.Unlock()
	}()
	in := bufio.NewReader(conn)
	for {
		body, sum, err := command(in)
		if err != nil {
			return
		}
		if r.delay > 0 {
			time.Sleep(r.delay)
		}
		if answer := r.answer(body, sum); answer != nil {
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}

// command reads the next command, whatever stands before it. sum is zero when its check byte fits.
func command(in *bufio.Reader) (body []byte, sum byte, err error) {
	for matched := 0; matched < len(sync5); {
		b, err := in.ReadByte()
		if err != nil {
			return nil, 0, err
		}
		switch {
		case b == sync5[matched]:
			matched++
		case b == 0xAA && matched == 3: // a fourth AA: three of them still stand
		case b == 0xAA:
			matched = 1
		default:
			matched = 0
		}
	}
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, 0, err
	}
	rest := make([]byte, int(head[0])<<8|int(head[1]))
	if _, err := io.ReadFull(in, rest); err != nil {
		return nil, 0, err
	}
	for _, b := range append(head, rest...) {
		sum ^= b
	}
	return rest[:max(len(rest)-1, 0)], sum, nil
}

// answer is what the reader says, with its faults; nil says nothing.
func (r *Reader) answer(body []byte, sum byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults.Mute {
		return nil
	}
	status, data := byte(badChecksum), []byte(nil)
	if sum == 0 {
		status, data = r.act(body)
	}
	out := frame(status, data)
	if r.faults.Checksum > 0 {
		r.faults.Checksum--
		out[len(out)-1] ^= 0x5A
	}
	if r.faults.Garbage > 0 {
		r.faults.Garbage--
		out = append([]byte{0x00, 0xAA, 0xAA, 0x96, 0xFF, 0xAA, 0xAA, 0xAA, 0x17}, out...)
	}
	return out
}

// act does what a command says. The caller holds mu.
func (r *Reader) act(body []byte) (status byte, data []byte) {
	if len(body) != 2 {
		return badCommand, nil
	}
	switch [2]byte(body) {
	case [2]byte{0x20, 0x01}:
		r.found, r.selected = r.data != nil && !r.read, false
		if r.found {
			return found, make([]byte, 4)
		}
		return noCard, nil
	case [2]byte{0x20, 0x02}:
		if r.selected = r.data != nil && r.found; r.selected {
			return ok, make([]byte, 8)
		}
		return selectFailed, nil
	case [2]byte{0x30, 0x01}:
		again := r.read && !r.faults.Forgets
		if r.data == nil || !r.selected && !again {
			return readFailed, nil
		}
		r.read, r.selected = true, false
		r.reads++
		return ok, r.data
	case [2]byte{0x10, 0xFF}, [2]byte{0x11, 0xFF}:
		return ok, nil
	}
	return badCommand, nil
}

// frame builds one answer.
func frame(status byte, data []byte) []byte {
	length := 3 + len(data) + 1
	out := append(sync5[:], byte(length>>8), byte(length), 0, 0, status)
	out = append(out, data...)
	sum := byte(0)
	for _, b := range out[5:] {
		sum ^= b
	}
	return append(out, sum)
}

func (r *Reader) routes() map[string]admin.Route {
	return map[string]admin.Route{
		"GET /state": func(context.Context, json.RawMessage) (any, error) { return r.State(), nil },
		"POST /place": func(_ context.Context, in json.RawMessage) (any, error) {
			c, err := admin.Read[Card](in)
			if err != nil {
				return nil, err
			}
			return nil, r.Place(c)
		},
		"POST /remove": func(context.Context, json.RawMessage) (any, error) {
			r.Remove()
			return nil, nil
		},
		"POST /faults": func(_ context.Context, in json.RawMessage) (any, error) {
			f, err := admin.Read[Faults](in)
			if err != nil {
				return nil, err
			}
			r.Set(f)
			return nil, nil
		},
	}
}
