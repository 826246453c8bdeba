package store

import (
	"os"
	"testing"

	"xiangyi/protocol"
	"xiangyi/replication/store/storetest"
)

func TestStationKeepsTheContract(t *testing.T) {
	for name, dir := range map[string]func(*testing.T) string{
		"on disk":   func(t *testing.T) string { return t.TempDir() },
		"in memory": func(*testing.T) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, kinds []protocol.KindSpec) protocol.Store {
				o := stationOptions(dir(t))
				o.Kinds = kinds
				return openDB(t, o)
			})
		})
	}
}

func copyFS(from, to string) error { return os.CopyFS(to, os.DirFS(from)) }
