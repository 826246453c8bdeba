// Package ops is the door of a node's or a station's operators: is it alive, can it
// serve, how does it stand, and figures for whoever draws curves. It says numbers
// and names of machines, and nothing of a person.
package ops

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-json-experiment/json"
)

// Door is what an operator may ask.
type Door struct {
	// Ready is nil when it can serve people now; else why not.
	Ready func() error
	// Status is how it stands, as JSON will have it.
	Status func(context.Context) (any, error)
	// Measure writes its figures.
	Measure func(context.Context, *Metrics) error
	Log     *slog.Logger
}

// Handler answers GET /livez, /readyz, /status and /metrics.
func (d Door) Handler() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := d.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		s, err := d.Status(r.Context())
		var b []byte
		if err == nil {
			b, err = json.Marshal(s)
		}
		if err != nil {
			d.failed(w, "status", err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b) // the reader may have gone
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		m := &Metrics{}
		if err := d.Measure(r.Context(), m); err != nil {
			d.failed(w, "metrics", err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(m.text()) // the reader may have gone
	})
	return mux
}

func (d Door) failed(w http.ResponseWriter, what string, err error) {
	d.Log.Warn("an operator's question cannot be answered", "what", what, "err", err)
	http.Error(w, "not to be had now: the log says why", http.StatusInternalServerError)
}

// Machine is what every program of ours knows of where it runs.
type Machine struct {
	Now         time.Time `json:"now"` // by its own clock
	Started     time.Time `json:"started"`
	Revision    string    `json:"revision"`             // of the program; empty: not built from a repository
	DiskFree    uint64    `json:"diskFree"`             // bytes
	DiskTotal   uint64    `json:"diskTotal"`            // bytes
	Certificate time.Time `json:"certificate,omitzero"` // until when this machine's own is good
}

// Free is the free part of the disk, 0 to 1.
func (m Machine) Free() float64 {
	if m.DiskTotal == 0 {
		return 1
	}
	return float64(m.DiskFree) / float64(m.DiskTotal)
}

// Host looks at one machine.
type Host struct {
	Started time.Time
	Now     func() time.Time
	Disk    func() (free, total uint64, err error)
	TLS     *tls.Config // with the machine's own certificate first; nil: none
}

// Machine says how it stands now.
func (h Host) Machine() (Machine, error) {
	m := Machine{Now: h.Now().UTC(), Started: h.Started.UTC(), Revision: revision(), Certificate: expiry(h.TLS)}
	var err error
	m.DiskFree, m.DiskTotal, err = h.Disk()
	return m, err
}

func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

func expiry(c *tls.Config) time.Time {
	if c == nil || len(c.Certificates) == 0 || len(c.Certificates[0].Certificate) == 0 {
		return time.Time{}
	}
	cert, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
	if err != nil {
		return time.Time{}
	}
	return cert.NotAfter.UTC()
}
