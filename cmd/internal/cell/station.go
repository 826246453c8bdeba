package cell

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
	"xiangyi/replication/link"
)

// Station is a light one: one lane of spot checks of one person. Its owner moves
// it from one goroutine.
type Station struct {
	Site     protocol.Site
	Patience time.Duration // how long an answer may take before a frame goes again

	inc      protocol.Incarnation
	keys     seal.Keyring
	county   seal.PublicKey
	head     seal.Digest
	next     protocol.Seq
	link     *link.Link
	Receipts []protocol.Receipt // that were given, in order
}

// Sites names n stations.
func Sites(n int) (out []protocol.Site) {
	for i := range n {
		out = append(out, protocol.Site(fmt.Sprintf("v%04d", i+1)))
	}
	return out
}

// lane of a light station's journal.
const lane = protocol.Clinical

// Connect makes a station and dials; the line may come up later. The station
// begins at one of the servers by its own number, and passes to the next when
// that one is gone.
func (g *Group) Connect(site protocol.Site, turn int) (*Station, error) {
	own, err := g.trust.Issue(string(site), "station")
	if err != nil {
		return nil, err
	}
	var inc [8]byte
	_, _ = rand.Read(inc[:]) // does not fail
	s := &Station{Site: site, Patience: patience, county: g.Public, next: 1,
		keys: seal.Derived(seal.Secrets{County: g.secrets.County, Site: [32]byte(seal.Sum([]byte(site))), Key: g.secrets.Key})}
	for _, b := range inc[1:] {
		s.inc = s.inc<<8 | protocol.Incarnation(b)
	}
	s.head = protocol.Genesis(site, s.inc, lane)
	var servers []string
	for i := range g.Nodes {
		servers = append(servers, g.Nodes[(turn+i)%len(g.Nodes)].Stations)
	}
	s.link, err = link.Dial(link.Config{Site: site, Name: "clinical", Servers: servers, TLS: own, Log: slog.New(slog.DiscardHandler)})
	return s, err
}

// Close ends the connection.
func (s *Station) Close() { s.link.Close() }

// Up waits until the connection stands.
func (s *Station) Up(ctx context.Context) error {
	for !s.link.Up() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s has no line: %w", s.Site, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// Packed is a frame, and where its lane stands behind it.
type Packed struct {
	Bytes       []byte
	First, Last protocol.Seq
	Hash        seal.Digest
	Keys        []string // of its Changes, which no other has
}

// Pack journals n spot checks of 1 KB each and makes a frame of them.
func (s *Station) Pack(n int) (Packed, error) {
	changes := make([]protocol.Change, n)
	prev := s.head
	p := Packed{First: s.next}
	for i := range changes {
		if err := s.fill(&changes[i]); err != nil {
			return p, err
		}
		s.head = protocol.Chain(s.head, &changes[i])
		p.Keys = append(p.Keys, changes[i].Key)
	}
	day := uint32(changes[0].HLC.Time().Unix() / 86400)
	f, err := frame.Pack(s.keys, rand.Reader, day, frame.Packing{Dictionary: frame.Oldest}, prev, changes)
	if err != nil {
		return p, err
	}
	p.Bytes, p.Last, p.Hash = protocol.AppendFrame(nil, &f), s.next-1, s.head
	return p, nil
}

// fill makes one spot check whose value has 1 KB. Most of it is drawn, so that
// packing gains little.
func (s *Station) fill(c *protocol.Change) error {
	now := time.Now().UTC()
	person := care.ID("p-" + string(s.Site))
	c.Position = protocol.Position{Site: s.Site, Incarnation: s.inc, Lane: lane, Seq: s.next}
	s.next++
	c.HLC = protocol.MakeHLC(now, uint16(c.Seq))
	c.Actor = protocol.Actor{ID: "v11", Role: protocol.Role(care.Doctor), Method: "password", Assurance: 2}
	c.Action, c.Outcome, c.Purpose, c.Subject = "exam.enter", protocol.Done, "care", person
	c.Key = fmt.Sprintf("%s-%d", s.Site, c.Seq)
	var drawn [480]byte
	_, _ = rand.Read(drawn[:]) // does not fail
	value, err := protocol.Encode(exam.Observation{Person: person, Site: s.Site, Method: "typed", Code: "85354-9", ObservedAt: now, Received: now, TimeRule: "station", Quality: "ok", Status: "final",
		Values: []exam.Value{{Code: "8480-6", Value: "128", Unit: "mm[Hg]", Quality: "ok"}, {Code: "8462-4", Value: "82", Unit: "mm[Hg]", Quality: "ok", Doubt: base64.StdEncoding.EncodeToString(drawn[:])}}})
	if err != nil {
		return err
	}
	c.Writes = []protocol.Write{{Ref: protocol.Ref{Kind: exam.KindObservation, ID: c.Rev(0).ID()}, Subject: person,
		Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Value: value}}
	protocol.CommitAll(s.keys, c)
	return nil
}

// Send sends a frame until a receipt covers it: whatever went wrong, it goes
// again. A receipt is the county's only if its signature says so.
func (s *Station) Send(ctx context.Context, p *Packed) error {
	for {
		err := s.once(ctx, p)
		if err == nil || errors.Is(err, errWrong) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: no receipt: %w", s.Site, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// errWrong is a receipt that breaks a promise.
var errWrong = errors.New("wrong receipt")

// patience is the shipped station's on a good line.
const patience = 10 * time.Second

func (s *Station) once(ctx context.Context, p *Packed) error {
	r, err := s.Submit(ctx, p.Bytes)
	if err != nil {
		return err
	}
	if r.Status != protocol.OK || r.Site != s.Site || r.HighWater != p.Last || r.Hash != p.Hash {
		return fmt.Errorf("%s: %w: status %d at %d, sent up to %d", s.Site, errWrong, r.Status, r.HighWater, p.Last)
	}
	s.Receipts = append(s.Receipts, r)
	return nil
}

// Submit sends a frame once, and gives the answer if the county signed it. It is
// safe for concurrent use. After an error the frame may have been taken.
func (s *Station) Submit(ctx context.Context, frame []byte) (protocol.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	r, err := s.link.Submit(ctx, frame)
	if err != nil {
		return r, err
	}
	if r.Status == protocol.Busy {
		return r, errors.New("the county is busy")
	}
	if err := s.county.Verify(r.Statement(), r.Signature); err != nil {
		return r, fmt.Errorf("%s: %w: %w", s.Site, errWrong, err)
	}
	return r, nil
}
