package monitor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The packet types of MQTT 3.1.1 that a monitor needs, with their flags, as first bytes.
const (
	typeConnect    byte = 0x10
	typeConnack    byte = 0x20
	typePublish    byte = 0x30
	typePuback     byte = 0x40
	typePingreq    byte = 0xC0
	typePingresp   byte = 0xD0
	typeDisconnect byte = 0xE0

	flagRetain byte = 0x01
	flagQoS1   byte = 0x02
	flagDup    byte = 0x08
)

// maxPacket bounds what the broker may send; it only ever answers.
const maxPacket = 64 << 10

// packet is one MQTT control packet: its first byte and what follows the length.
type packet struct {
	first byte
	body  []byte
}

func (p packet) kind() byte { return p.first & 0xF0 }

func (p packet) encode() []byte {
	out := []byte{p.first}
	for n := len(p.body); ; {
		b := byte(n & 0x7F)
		if n >>= 7; n > 0 {
			out = append(out, b|0x80)
			continue
		}
		out = append(out, b)
		return append(out, p.body...)
	}
}

// readPacket reads the next packet.
func readPacket(r io.Reader) (packet, error) {
	var one [1]byte
	if _, err := io.ReadFull(r, one[:]); err != nil {
		return packet{}, err
	}
	p := packet{first: one[0]}
	n := 0
	for shift := 0; ; shift += 7 {
		if shift > 21 {
			return packet{}, errors.New("mqtt: length takes more than four bytes")
		}
		if _, err := io.ReadFull(r, one[:]); err != nil {
			return packet{}, fmt.Errorf("mqtt: read length: %w", err)
		}
		n |= int(one[0]&0x7F) << shift
		if one[0]&0x80 == 0 {
			break
		}
	}
	if n > maxPacket {
		return packet{}, fmt.Errorf("mqtt: packet of %d bytes", n)
	}
	p.body = make([]byte, n)
	if _, err := io.ReadFull(r, p.body); err != nil {
		return packet{}, fmt.Errorf("mqtt: read packet: %w", err)
	}
	return p, nil
}

// field adds a length-prefixed string or byte field.
func field[T string | []byte](out []byte, v T) []byte {
	out = binary.BigEndian.AppendUint16(out, uint16(len(v)))
	return append(out, v...)
}

// connectPacket asks for a clean session with a retained will of QoS 1.
func connectPacket(o Options, willTopic string, will []byte) packet {
	body := field(nil, "MQTT")
	const userName, password, willRetain, willQoS1, willFlag, cleanSession = 0x80, 0x40, 0x20, 0x08, 0x04, 0x02
	body = append(body, 4, userName|password|willRetain|willQoS1|willFlag|cleanSession)
	body = binary.BigEndian.AppendUint16(body, uint16(o.KeepAlive.Seconds()))
	body = field(body, o.Device)
	body = field(body, willTopic)
	body = field(body, will)
	body = field(body, o.Device)
	body = field(body, o.Secret)
	return packet{typeConnect, body}
}

// message is something to publish. id is 0 for QoS 0.
type message struct {
	topic   string
	payload []byte
	retain  bool
	id      uint16
}

func (m message) packet(dup bool) packet {
	first := typePublish
	if m.retain {
		first |= flagRetain
	}
	body := field(nil, m.topic)
	if m.id != 0 {
		first |= flagQoS1
		if dup {
			first |= flagDup
		}
		body = binary.BigEndian.AppendUint16(body, m.id)
	}
	return packet{first, append(body, m.payload...)}
}

// connackErrors are the refusals of MQTT 3.1.1 section 3.2.2.3.
var connackErrors = map[byte]string{1: "protocol version", 2: "identifier rejected", 3: "server unavailable",
	4: "bad user name or password", 5: "not authorised"}
