package blobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const unfinished = ".tmp"

// writeFile makes data durable under path: a file of another name, synced, then renamed. The name is durable once the
// directory is synced, which the caller does.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err != nil {
		return fmt.Errorf("blobs: %w", errors.Join(err, os.Remove(path+unfinished)))
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("blobs: %w", err)
	}
	return nil
}

// sweep removes what a crash left half written and gives the sizes of the other files by name.
func sweep(dir string) (map[string]int64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	sizes := make(map[string]int64)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && (strings.HasSuffix(e.Name(), unfinished) || info.Size() == 0) {
			err = os.Remove(filepath.Join(dir, e.Name()))
		} else if err == nil {
			sizes[e.Name()] = info.Size()
		}
		if err != nil {
			return nil, fmt.Errorf("blobs: %w", err)
		}
	}
	return sizes, nil
}
