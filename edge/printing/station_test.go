package printing

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/devices/printer/ipp"
	"xiangyi/devices/printer/raw9100"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/report"
)

const granny care.ID = "p-granny"

var (
	resident = protocol.Actor{ID: granny, Role: care.Resident, Method: care.ByCard, Terminal: "v01-k1"}
	doctor   = protocol.Actor{ID: "d1", Role: care.Doctor, Method: care.ByPassword, Terminal: "v01-desk"}
)

// village is a station with a store, two real printers on the wire, and a clock
// that the test moves.
type village struct {
	*testing.T
	store  *caretest.Model
	engine *care.Engine
	paper  *paper.Printer
	now    atomic.Int64 // Unix milliseconds
	config Config
}

// others stands in for the services that own people and places.
func others() care.Service {
	kind := func(k protocol.Kind) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical}}
	}
	return care.Service{Name: "others", Kinds: []care.Kind{kind(care.KindResident), kind(care.KindStaff), kind(care.KindOrganisation)}}
}

func open(t *testing.T) *village {
	t.Helper()
	v := &village{T: t}
	v.now.Store(time.Date(2030, 1, 7, 8, 0, 0, 0, care.Zone).UnixMilli())
	roster := []care.Service{others(), appointment.Service(), report.Service(), printing.Service()}
	v.store = caretest.NewModel("v01", 7, care.Kinds(roster), func() time.Time { return time.UnixMilli(v.now.Load()) })
	var err error
	if v.engine, err = care.NewEngine(v.store, care.AtStation, nil, roster); err != nil {
		t.Fatal(err)
	}
	if v.paper, err = paper.Open(paper.Options{Slip: "127.0.0.1:0", Page: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.paper.Close() })
	pages, err := ipp.New(ipp.Options{URL: v.paper.PageURL()})
	if err != nil {
		t.Fatal(err)
	}
	v.config = Config{
		Site: "v01", Engine: v.engine, Store: v.store, Pages: pages, Pause: quickly, Log: slog.New(slog.DiscardHandler),
		Slips:   raw9100.New(raw9100.Options{Addr: v.paper.SlipAddr(), Answer: 300 * time.Millisecond, Finish: 300 * time.Millisecond}),
		Address: "https://health.example",
	}
	v.write("people", care.ResidentRef(granny), granny, &care.Person{Name: "欧阳秀兰", Sex: "2", Birth: "1952-03-09"})
	return v
}

// quickly is a pause for tests: what it waits for happens on other goroutines.
func quickly(ctx context.Context, _ int) error {
	timer := time.NewTimer(3 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// write stores a record as the action of that name would.
func (v *village) write(action protocol.ActionName, ref protocol.Ref, subject care.ID, record any) protocol.Change {
	v.Helper()
	return v.writeAs(resident, action, ref, subject, record)
}

func (v *village) writeAs(who protocol.Actor, action protocol.ActionName, ref protocol.Ref, subject care.ID, record any) protocol.Change {
	v.Helper()
	order := protocol.Order{Actor: who, Action: action, Lane: protocol.Administrative}
	c, err := v.store.Do(v.Context(), order, func(tx protocol.Tx) error {
		_, err := care.Write(tx, protocol.Draft{Ref: ref, Subject: subject}, record)
		return err
	})
	if err != nil {
		v.Fatal(err)
	}
	return c
}

// book makes an appointment, which asks for a slip, and names the slip's job.
func (v *village) book(id care.ID) care.ID {
	v.Helper()
	a := appointment.Appointment{
		Person: granny, Number: "V01-300107-003", State: appointment.Booked, Org: "c1", Department: "c1-03", Doctor: "d9", Turn: 3,
		Start: time.Date(2030, 1, 8, 9, 30, 0, 0, care.Zone), Fee: 1250, Site: "v01", At: time.UnixMilli(v.now.Load()),
	}
	c := v.write("appointment.book", appointment.AppointmentRef(id), granny, &a)
	return printing.JobID(c.Position, printing.Slip)
}

// lab puts a reviewed report on the station's disk.
func (v *village) lab() {
	v.Helper()
	r := report.Report{Person: granny, Code: "ABCDEFGH12345678", Digest: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}
	r.Content = report.Content{
		Source: "c1", Number: "L-7", Version: 1, Category: report.Lab, Title: "血常规", Issued: time.Date(2030, 1, 6, 15, 0, 0, 0, care.Zone),
		Issuer: "云岭县人民医院", Reviewer: "D009", ReviewerName: "何审", Status: report.Final, Conclusion: "轻度贫血，请复查",
		Items: []report.Item{{Code: "718-7", Name: "血红蛋白", Value: "103", Unit: "g/L", Range: "115-150", Flag: report.Low}},
	}
	v.write("report.receive", report.Ref("c1.L-7"), granny, &r)
}

// print asks for the report on paper, as the kiosk does.
func (v *village) print(reason string) (job, copied care.ID) {
	v.Helper()
	a, err := v.engine.Do(v.Context(), care.Request{Actor: resident, Name: report.Asked, Input: []byte(`{"report":"c1.L-7","reason":"` + reason + `"}`)})
	if err != nil {
		v.Fatal(err)
	}
	return printing.JobID(a.Change, printing.Report), a.About.ID
}

// do runs an action on a job.
func (v *village) do(who protocol.Actor, name protocol.ActionName, in any) care.Answer {
	v.Helper()
	input, err := protocol.Encode(in)
	if err != nil {
		v.Fatal(err)
	}
	a, err := v.engine.Do(v.Context(), care.Request{Actor: who, Name: name, Input: input})
	if err != nil {
		v.Fatalf("%s: %v", name, err)
	}
	return a
}

func (v *village) advance(d time.Duration) { v.now.Add(d.Milliseconds()) }

// run starts printing, and gives what stops it and waits.
func (v *village) run() (stop func()) {
	v.Helper()
	ctx, cancel := context.WithCancel(v.Context())
	ended := make(chan error, 1)
	p := New(v.config)
	go func() { ended <- p.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			v.Errorf("printing ended with %v", err)
		}
	}
	v.Cleanup(stop)
	return stop
}

// await follows the journal until a record is as a test wants it.
func await[T any](v *village, ref protocol.Ref, want func(*T) bool) T {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.Context(), 20*time.Second)
	defer cancel()
	var got T
	for cursor := protocol.Cursor(0); ; {
		last := v.store.Last()
		found := true
		err := v.store.View(ctx, func(r protocol.Reader) (err error) {
			got, _, err = care.Read[T](r, ref)
			if errors.Is(err, protocol.ErrNotFound) {
				found, err = false, nil
			}
			return err
		})
		if err != nil {
			v.Fatal(err)
		}
		if found && want(&got) {
			return got
		}
		cursor = last
		if _, err := v.store.Next(ctx, cursor, 1, protocol.AllValues); err != nil {
			v.Fatalf("%s never came so far: %+v", ref, got)
		}
	}
}

func (v *village) until(id care.ID, s printing.State) printing.Job {
	v.Helper()
	return await(v, printing.JobRef(id), func(j *printing.Job) bool { return j.State == s })
}

func (v *village) copyUntil(id care.ID, s report.PrintState) report.Print {
	v.Helper()
	return await(v, report.PrintRef(id), func(p *report.Print) bool { return p.State == s })
}

// states lists how a job went.
func (v *village) states(id care.ID) (out []printing.State) {
	v.Helper()
	err := v.store.View(v.Context(), func(r protocol.Reader) error {
		heads, err := r.History(printing.JobRef(id))
		for _, h := range heads {
			var j printing.Job
			if err := protocol.Decode(h.Value, &j); err != nil {
				return err
			}
			out = append(out, j.State)
		}
		return err
	})
	if err != nil {
		v.Fatal(err)
	}
	return out
}

// text reads a PDF as a person would.
func text(t *testing.T, doc []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("REQUIRE_BROWSER") == "1" {
			t.Fatal("pdftotext is not installed (poppler-utils)")
		}
		t.Skip("pdftotext is not installed (poppler-utils)")
	}
	file := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
