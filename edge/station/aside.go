package station

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// asideDir keeps messages of instruments that are no readings, sealed, so that
// somebody can find out why. It is bounded: the newest stay.
type asideDir struct {
	dir  string
	keys seal.Keyring
	rand io.Reader
	now  func() time.Time
}

const mostAside = 500

type asideMessage struct {
	Device  care.ID   `json:"device"`
	Reason  string    `json:"reason"`
	Topic   string    `json:"topic"`
	At      time.Time `json:"at"`
	Payload []byte    `json:"payload"`
}

func (a *asideDir) keep(device care.ID, reason, topic string, payload []byte) error {
	raw, err := json.Marshal(asideMessage{device, reason, topic, a.now(), payload[:min(len(payload), 64<<10)]})
	if err != nil {
		return fmt.Errorf("keep message aside: %w", err)
	}
	var salt [4]byte
	if _, err := io.ReadFull(a.rand, salt[:]); err != nil {
		return fmt.Errorf("keep message aside: %w", err)
	}
	name := a.now().UTC().Format("20060102T150405.000000") + "-" + hex.EncodeToString(salt[:]) + ".msg"
	sealed, err := seal.SealValue(a.keys.Person("", uint8(4)), a.rand, raw, []byte("aside"))
	if err != nil {
		return fmt.Errorf("keep message aside: %w", err)
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return fmt.Errorf("keep message aside: %w", err)
	}
	a.trim()
	if err := os.WriteFile(filepath.Join(a.dir, name), sealed, 0o600); err != nil {
		return fmt.Errorf("keep message aside: %w", err)
	}
	return nil
}

// trim makes room; names sort by time. That a file cannot be removed is no
// reason to lose a new one.
func (a *asideDir) trim() {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return
	}
	for i := 0; i+mostAside <= len(entries); i++ {
		_ = os.Remove(filepath.Join(a.dir, entries[i].Name()))
	}
}
