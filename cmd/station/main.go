// Command station runs one village health station: kiosk, desk, instruments,
// printers and the line to the county, in one process.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"xiangyi/cmd/internal/boot"
	"xiangyi/devices/registry"
	"xiangyi/edge/broker"
	"xiangyi/edge/station"
	"xiangyi/edge/update"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// file is the configuration file.
type file struct {
	Site      protocol.Site `json:"site"`
	Name      string        `json:"name"`
	Dir       string        `json:"dir"`
	Kiosk     string        `json:"kiosk"`
	Desk      string        `json:"desk"`
	Ops       string        `json:"ops"`
	MQTT      string        `json:"mqtt"`
	County    []string      `json:"county"`
	TLS       boot.TLSFiles `json:"tls"`
	Secrets   string        `json:"secrets"`
	CountyKey string        `json:"countyKey"`
	Devices   []struct {
		Name     string  `json:"name"`
		Secret   string  `json:"secret"`
		Terminal care.ID `json:"terminal"`
	} `json:"devices"`
	Instruments []struct {
		Name       string    `json:"name"`
		Model      string    `json:"model"` // as xyctl devices list names it
		Port       string    `json:"port"`  // /dev/serial/by-id/…, tcp:host:port, or listen:host:port
		Terminal   care.ID   `json:"terminal"`
		Calibrated time.Time `json:"calibrated"`
	} `json:"instruments"`
	Terminal care.ID `json:"terminal"`
	Theme    string  `json:"theme"`
	Check    string  `json:"check"`
	WidthPx  int     `json:"screenWidthPx"`
	WidthMM  float64 `json:"screenWidthMM"`
	Printers struct {
		Slips string `json:"slips"`
		Pages string `json:"pages"`
	} `json:"printers"`
	Reader  string  `json:"reader"`
	Updates updates `json:"updates"`
}

func main() {
	watch := flag.Bool("supervise", false, "run the right version of the station, and change it when the county wants another")
	boot.Main("station", func(ctx context.Context, path string, log *slog.Logger) error {
		if *watch {
			return supervise(ctx, path, log)
		}
		return run(ctx, path, log)
	})
}

// memory is what the garbage collector aims at, unless GOMEMLIMIT says
// otherwise: a station's box has 2 GB, and a browser runs on it too.
const memory = 112 << 20

func run(ctx context.Context, path string, log *slog.Logger) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	var f file
	if err := boot.Load(path, &f); err != nil {
		return err
	}
	c, err := f.config(log)
	if err != nil {
		return err
	}
	s, err := station.Open(c)
	if err != nil {
		return err
	}
	log.Info("station is open", "site", string(f.Site), "kiosk", f.Kiosk, "desk", f.Desk)
	err = s.Run(ctx)
	if errors.Is(err, update.ErrRestart) {
		log.Info("the station ends for another version")
		return s.Close()
	}
	if ctx.Err() == nil {
		return err // its disk failed, most likely, and closing would wait for it without end
	}
	return s.Close()
}

func (f *file) config(log *slog.Logger) (station.Config, error) {
	c := station.Config{
		Site: f.Site, Name: f.Name, Dir: f.Dir, Kiosk: f.Kiosk, Desk: f.Desk, Ops: f.Ops, MQTT: f.MQTT, County: f.County,
		Terminal: f.Terminal, Theme: f.Theme, WidthPx: f.WidthPx, WidthMM: f.WidthMM,
		Slips: f.Printers.Slips, Pages: f.Printers.Pages, Reader: f.Reader, Now: time.Now, Rand: rand.Reader, Log: log,
	}
	for _, d := range f.Devices {
		c.Devices = append(c.Devices, station.Device{Device: broker.Device{Name: d.Name, Secret: d.Secret}, Terminal: d.Terminal})
	}
	for _, i := range f.Instruments {
		c.Instruments = append(c.Instruments, station.Instrument{
			Placed: registry.Placed{Device: i.Name, Model: i.Model, Address: i.Port, Calibrated: i.Calibrated}, Terminal: i.Terminal})
	}
	var err error
	if c.Check, err = boot.Origin(f.Check); err != nil {
		return c, err
	}
	if c.Updates, err = f.Updates.config(); err != nil {
		return c, err
	}
	if c.TLS, err = f.TLS.Config(); err != nil {
		return c, err
	}
	if c.Secrets, err = boot.Secrets(f.Secrets); err != nil {
		return c, err
	}
	c.CountyKey, err = boot.PublicKey(f.CountyKey)
	return c, err
}
