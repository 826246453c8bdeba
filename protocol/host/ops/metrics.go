package ops

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Metrics gathers figures in the text format of Prometheus, version 0.0.4.
type Metrics struct {
	families []*family
}

type family struct {
	name, help, kind string
	samples          []string
}

// Gauge notes a figure that goes up and down. Labels are names and values in turn:
// names of machines, never of people.
func (m *Metrics) Gauge(name, help string, value float64, labels ...string) {
	m.add(name, help, "gauge", value, labels)
}

// Counter notes a figure that only grows while the program runs. Its name ends in
// "_total".
func (m *Metrics) Counter(name, help string, value float64, labels ...string) {
	m.add(name, help, "counter", value, labels)
}

func (m *Metrics) add(name, help, kind string, value float64, labels []string) {
	var f *family
	for _, known := range m.families {
		if known.name == name {
			f = known
		}
	}
	if f == nil {
		f = &family{name: name, help: help, kind: kind}
		m.families = append(m.families, f)
	}
	var tags []string
	for i := 0; i+1 < len(labels); i += 2 {
		tags = append(tags, labels[i]+`="`+escape.Replace(labels[i+1])+`"`)
	}
	sample := name
	if len(tags) > 0 {
		sample += "{" + strings.Join(tags, ",") + "}"
	}
	f.samples = append(f.samples, sample+" "+strconv.FormatFloat(value, 'g', -1, 64))
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (m *Metrics) text() []byte {
	var b strings.Builder
	for _, f := range m.families {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
		for _, s := range f.samples {
			b.WriteString(s + "\n")
		}
	}
	return []byte(b.String())
}

// Machine notes what is known of where the program runs.
func (m *Metrics) Machine(h Machine) {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	m.Gauge("xiangyi_build_info", "What program this is; always 1.", 1, "revision", h.Revision, "go", runtime.Version())
	m.Gauge("xiangyi_clock_seconds", "This machine's own clock.", seconds(h.Now))
	m.Gauge("process_start_time_seconds", "When the program started.", seconds(h.Started))
	m.Gauge("go_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	m.Gauge("go_memstats_heap_alloc_bytes", "Heap in use.", float64(mem.HeapAlloc))
	m.Gauge("xiangyi_disk_free_bytes", "Room on the disk of the records.", float64(h.DiskFree))
	m.Gauge("xiangyi_disk_total_bytes", "Size of the disk of the records.", float64(h.DiskTotal))
	if !h.Certificate.IsZero() {
		m.Gauge("xiangyi_certificate_expiry_seconds", "Until when this machine's certificate is good.", seconds(h.Certificate))
	}
}

// Bool is 1 for yes.
func Bool(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
