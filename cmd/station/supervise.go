package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"xiangyi/cmd/internal/boot"
	"xiangyi/edge/station"
	"xiangyi/edge/update"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// updates is the part of the configuration that says where programs stand.
type updates struct {
	Home    string          `json:"home"`    // empty: this station is updated by hand
	Version release.Version `json:"version"` // of the program that came with the box
	Anchors string          `json:"anchors"` // certificates of those whose signers may make updates
	Ready   int             `json:"readySeconds"`
	Good    int             `json:"goodSeconds"`
	Look    int             `json:"lookSeconds"`
}

// config is what the running station needs to know; a supervisor told it its version.
func (u *updates) config() (station.Updates, error) {
	out := station.Updates{Home: u.Home, Version: release.Version(os.Getenv(update.Version)), Look: seconds(u.Look, askTime)}
	if u.Home == "" || out.Version == "" {
		return station.Updates{}, nil
	}
	raw, err := os.ReadFile(u.Anchors)
	if err != nil {
		return out, fmt.Errorf("anchors of updates: %w", err)
	}
	if out.Anchors, err = seal.ParseCertificates(raw); err != nil {
		return out, fmt.Errorf("anchors of updates %s: %w", u.Anchors, err)
	}
	return out, out.Version.Check()
}

const (
	readyTime = 2 * time.Minute // a large store opens in seconds
	goodTime  = 10 * time.Minute
	lookTime  = 2 * time.Second
	askTime   = 30 * time.Second // between two looks at what the county wants
)

// supervise runs the station's right version, and changes it.
func supervise(ctx context.Context, path string, log *slog.Logger) error {
	var f file
	if err := boot.Load(path, &f); err != nil {
		return err
	}
	if f.Updates.Home == "" {
		return errors.New("configuration: -supervise needs updates.home, a folder for the programs")
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Updates.Home, 0o700); err != nil {
		return err
	}
	home := &update.Home{Dir: f.Updates.Home}
	if err := home.First(f.Updates.Version, own, time.Now()); err != nil {
		return fmt.Errorf("first version: %w", err)
	}
	s := update.Supervisor{Home: home, Start: update.Starter(home, "-config", path), Ready: update.ReadyAt(f.Ops),
		ReadyTime: seconds(f.Updates.Ready, readyTime), GoodTime: seconds(f.Updates.Good, goodTime), Look: lookTime, Now: time.Now, Log: log}
	return s.Run(ctx)
}

func seconds(n int, otherwise time.Duration) time.Duration {
	if n > 0 {
		return time.Duration(n) * time.Second
	}
	return otherwise
}
