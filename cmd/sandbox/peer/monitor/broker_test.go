package monitor

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
)

// heard is a PUBLISH as the broker got it.
type heard struct {
	topic, payload string
	dup, retain    bool
	qos            byte
	id             uint16
}

// broker is the far end of a monitor's connections, over pipes. It obeys its script.
type broker struct {
	mu       sync.Mutex
	away     bool // dialling fails
	code     byte // of the next CONNACKs
	loseAcks int  // so many PUBACKs of vitals are swallowed
	cut      bool // close the connection at the next vitals message, unanswered
	mutePing bool
	connects []connectSeen
	heard    []heard
	byes     int // DISCONNECTs
}

type connectSeen struct {
	level, flags             byte
	keepAlive                uint16
	client, willTopic, will  string
	userName, password       string
	protocolName, restOfBody string
}

func (b *broker) dial(context.Context, string) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errors.New("no route")
	}
	near, far := net.Pipe()
	go b.serve(far)
	return near, nil
}

func (b *broker) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		p, err := readPacket(r)
		if err != nil {
			return
		}
		answer, ok := b.take(p)
		if answer != nil {
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
		if !ok {
			return
		}
	}
}

// take obeys a packet; ok is false when the connection ends.
func (b *broker) take(p packet) (answer []byte, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch p.kind() {
	case typeConnect:
		b.connects = append(b.connects, parseConnect(p.body))
		return []byte{typeConnack, 2, 0, b.code}, b.code == 0
	case typePublish:
		return b.publish(p)
	case typePingreq:
		if b.mutePing {
			return nil, true
		}
		return []byte{typePingresp, 0}, true
	case typeDisconnect:
		b.byes++
		return nil, false
	}
	return nil, false
}

func (b *broker) publish(p packet) ([]byte, bool) {
	n := int(binary.BigEndian.Uint16(p.body))
	h := heard{topic: string(p.body[2 : 2+n]), dup: p.first&flagDup != 0, retain: p.first&flagRetain != 0, qos: p.first >> 1 & 3}
	rest := p.body[2+n:]
	if h.qos > 0 {
		h.id, rest = binary.BigEndian.Uint16(rest), rest[2:]
	}
	h.payload = string(rest)
	b.heard = append(b.heard, h)
	vitals := len(h.topic) > 24 && h.topic[:24] == "xiangyi/v1/v01/bp-01/vit"
	if vitals && b.cut {
		b.cut = false
		return nil, false
	}
	if vitals && b.loseAcks > 0 {
		b.loseAcks--
		return nil, true
	}
	if h.qos == 0 {
		return nil, true
	}
	return []byte{typePuback, 2, byte(h.id >> 8), byte(h.id)}, true
}

func parseConnect(body []byte) connectSeen {
	next := func() string {
		n := int(binary.BigEndian.Uint16(body))
		s := string(body[2 : 2+n])
		body = body[2+n:]
		return s
	}
	c := connectSeen{protocolName: next()}
	c.level, c.flags, c.keepAlive = body[0], body[1], binary.BigEndian.Uint16(body[2:])
	body = body[4:]
	c.client, c.willTopic, c.will, c.userName, c.password = next(), next(), next(), next(), next()
	c.restOfBody = string(body)
	return c
}

// of gives what came on topics that end so.
func (b *broker) of(topic string) []heard {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []heard
	for _, h := range b.heard {
		if h.topic == "xiangyi/v1/v01/bp-01/"+topic {
			out = append(out, h)
		}
	}
	return out
}

func (b *broker) script(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}
