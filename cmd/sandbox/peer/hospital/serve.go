package hospital

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

func (h *Hospital) accept() {
	for {
		conn, err := h.l.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		if h.away || h.closed {
			_ = conn.Close()
		} else {
			h.conns[conn] = struct{}{}
			h.wg.Go(func() { h.serve(conn) })
		}
		h.mu.Unlock()
	}
}

// hangUp ends all connections. The caller holds mu.
func (h *Hospital) hangUp() {
	for conn := range h.conns {
		_ = conn.Close()
	}
}

func (h *Hospital) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		h.mu.Lock()
		delete(h.conns, conn)
		h.mu.Unlock()
	}()
	r := bufio.NewReader(conn)
	for {
		raw, err := readFrame(r)
		if err != nil {
			return
		}
		answer, wait := h.hear(raw)
		if answer == nil {
			return // acted, and said nothing
		}
		select {
		case <-time.After(wait):
		case <-h.ctx.Done():
			return
		}
		if err := writeFrame(conn, answer); err != nil {
			return
		}
	}
}

// hear acts on a message and gives the answer, nil if it is to be lost, and how long to wait with it.
func (h *Hospital) hear(raw []byte) (answer []byte, wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, err := parse(raw)
	if err != nil {
		return h.unreadable(err), h.slow
	}
	msh := m.find("MSH")
	_, placer, _ := request(m)
	heard := Heard{At: h.o.Now(), Type: msh.get(9, 1) + "^" + msh.get(9, 2), Control: msh.get(10, 1), Placer: placer}
	name := msh.raw(3) + "|" + heard.Control
	kept, again := h.answers.get(name)
	var kind heardAs
	if again {
		kind = known[heard.Type]
		heard.Answer, heard.Repeat, answer = kept.code, true, kept.bytes
	} else {
		answer, heard.Answer, kind = h.answerNew(m)
		if heard.Answer != "AR" && heard.Type != "SQM^S25" { // a question asked again is a new question
			h.answers.put(name, given{heard.Answer, answer})
		}
	}
	if h.lose && kind.booked {
		h.lose, heard.Lost = false, true
		answer = nil
	}
	h.heard = append(h.heard, heard)
	return answer, h.slow
}

// unreadable is the answer to what is no message.
func (h *Hospital) unreadable(err error) []byte {
	m := &message{charset: UTF8, segments: []segment{h.header([3]string{"ACK"}, h.nextControl(), UTF8, "", ""), {"MSA", "AR"},
		errSegment(&refusal{100, "MSH^1", err.Error()})}}
	out, _ := m.encode() // UTF-8 always encodes
	return out
}

// answerNew acts on a message that was not heard before. What cannot be written down is not acknowledged.
func (h *Hospital) answerNew(m *message) ([]byte, string, heardAs) {
	reply, code, kind := h.reply(m)
	err := h.save()
	var out []byte
	if err == nil {
		out, err = reply.encode()
	}
	if err != nil {
		refused := &message{charset: UTF8, segments: []segment{reply.segments[0], {"MSA", "AR", reply.find("MSA").raw(2)}, errSegment(err)}}
		out, _ = refused.encode() // UTF-8 always encodes
		code = "AR"
	}
	return out, code, kind
}

func (h *Hospital) nextControl() string {
	h.control++
	return fmt.Sprintf("HIS%s-%d", h.run, h.control)
}

// given is an answer that was given.
type given struct {
	code  string
	bytes []byte
}

// answers remembers the last answers by sender and control id.
type answers struct {
	limit int
	order []string
	by    map[string]given
}

func newAnswers(limit int) *answers { return &answers{limit: limit, by: map[string]given{}} }

func (a *answers) get(name string) (given, bool) {
	k, ok := a.by[name]
	return k, ok
}

func (a *answers) put(name string, k given) {
	if len(a.order) == a.limit {
		delete(a.by, a.order[0])
		a.order = a.order[1:]
	}
	a.order = append(a.order, name)
	a.by[name] = k
}
