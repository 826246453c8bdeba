package update

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replace makes content durable under a name: another file, synced, renamed, and the
// directory synced. A power cut leaves the old content or the new.
func (h *Home) replace(name string, content []byte, mode os.FileMode) error {
	if err := h.step(); err != nil {
		return err
	}
	if err := writeSynced(name+unfinished, content, mode); err != nil {
		return err
	}
	if err := h.step(); err != nil {
		return err
	}
	return h.rename(name+unfinished, name)
}

func (h *Home) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := syncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return h.step()
}

func (h *Home) remove(name string) error {
	if err := h.step(); err != nil {
		return err
	}
	if err := os.RemoveAll(name); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := syncDir(filepath.Dir(name)); err != nil {
		return err
	}
	return h.step()
}

const unfinished = ".tmp"

func writeSynced(name string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("update: %w", errors.Join(err, os.Remove(name)))
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}
