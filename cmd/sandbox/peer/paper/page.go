package paper

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Document is one job as it came out on paper.
type Document struct {
	Job    int       `json:"job"`
	Name   string    `json:"name"`
	Copies int       `json:"copies"`
	At     time.Time `json:"at"`
	PDF    []byte    `json:"pdf"`
	File   string    `json:"file,omitempty"`
	Lost   string    `json:"lost,omitempty"` // why it could not be kept in the directory
}

// Job is a job in the page printer, in IPP's numbers: 3 pending, 7 canceled, 9 completed.
type Job struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	State int    `json:"state"`

	copies int
	pdf    []byte
}

const (
	jobPending   = 3
	jobCanceled  = 7
	jobCompleted = 9
)

// pagePrinter is the printer for A4.
type pagePrinter struct {
	addr string // where it listens, also after it was off
	uri  string
	now  func() time.Time
	keep func(string, []byte) (string, error)
	wg   sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	server    *http.Server // nil while off
	condition Condition
	jobs      []*Job
	out       []Document
	lose      bool
}

func openPages(addr string, now func() time.Time, keep func(string, []byte) (string, error)) (*pagePrinter, error) {
	l, err := listen(addr, "page")
	if err != nil {
		return nil, err
	}
	addr = l.Addr().String()
	p := &pagePrinter{addr: addr, uri: "ipp://" + addr + "/ipp/print", now: now, keep: keep}
	p.powerOn(l)
	return p, nil
}

func (p *pagePrinter) powerOn(l net.Listener) {
	server := &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: 5 * time.Second}
	p.server = server
	p.wg.Go(func() { _ = server.Serve(l) })
}

// powerOff breaks connections and loses what waits, for the spool is in memory. The caller holds mu.
func (p *pagePrinter) powerOff() {
	if p.server != nil {
		_ = p.server.Close()
		p.server = nil
	}
	for _, j := range p.jobs {
		if j.State == jobPending {
			j.State, j.pdf = jobCanceled, nil
		}
	}
}

// take stores a job and prints it if it can. lost means that the connection must break now.
func (p *pagePrinter) take(name string, copies int, pdf []byte) (job Job, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := &Job{ID: len(p.jobs) + 1, Name: name, State: jobPending, copies: copies, pdf: pdf}
	p.jobs = append(p.jobs, j)
	p.pump()
	lost, p.lose = p.lose, false
	return *j, lost
}

// pump prints what waits, oldest first. The caller holds mu.
func (p *pagePrinter) pump() {
	if !p.condition.prints() {
		return
	}
	for _, j := range p.jobs {
		if j.State != jobPending {
			continue
		}
		j.State = jobCompleted
		d := Document{Job: j.ID, Name: j.Name, Copies: j.copies, At: p.now(), PDF: j.pdf}
		file, err := p.keep(fmt.Sprintf("page-%04d.pdf", j.ID), j.pdf)
		d.File = file
		if err != nil {
			d.Lost = err.Error()
		}
		p.out = append(p.out, d)
		j.pdf = nil
	}
}

func (p *pagePrinter) set(c Condition) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Off {
		p.powerOff()
	} else if p.server == nil && !p.closed {
		l, err := listen(p.addr, "page")
		if err != nil {
			return err
		}
		p.powerOn(l)
	}
	p.condition = c
	p.pump()
	return nil
}

func (p *pagePrinter) is() Condition {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.condition
}

func (p *pagePrinter) find(id int) (Job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id < 1 || id > len(p.jobs) {
		return Job{}, false
	}
	return *p.jobs[id-1], true
}

func (p *pagePrinter) cancel(id int) (known, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id < 1 || id > len(p.jobs) {
		return false, false
	}
	j := p.jobs[id-1]
	if j.State != jobPending {
		return true, false
	}
	j.State, j.pdf = jobCanceled, nil
	return true, true
}

func (p *pagePrinter) all() []Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Job, 0, len(p.jobs))
	for _, j := range p.jobs {
		out = append(out, Job{ID: j.ID, Name: j.Name, State: j.State})
	}
	return out
}

func (p *pagePrinter) printed() []Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Document(nil), p.out...)
}

func (p *pagePrinter) loseNext() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = true
}

func (p *pagePrinter) close() {
	p.mu.Lock()
	p.closed = true
	p.powerOff()
	p.mu.Unlock()
	p.wg.Wait()
}
