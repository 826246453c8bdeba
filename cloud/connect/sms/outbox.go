package sms

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol/codec/mask"
)

// OutboxFile is where an Outbox writes, in its directory.
const OutboxFile = "messages.jsonl"

// Entry is a line of the file: one message that would have gone out. The number
// is masked.
type Entry struct {
	ID   MessageID `json:"id"`
	At   time.Time `json:"at"`
	To   string    `json:"to"` // 138****5678
	Text string    `json:"text"`
}

// Outbox is a Messenger without a carrier: it writes each message to a file,
// for places that have no contract yet, and for demonstrations. Nodes that
// share the directory share what was sent.
type Outbox struct {
	dir  string
	read int64 // bytes of the file that sent knows
	sent map[MessageID]bool
	file *os.File
}

// Directory makes an Outbox. The directory is made when it is first needed.
func Directory(dir string) *Outbox { return &Outbox{dir: dir, sent: map[MessageID]bool{}} }

// Reach implements Messenger: the file can be written.
func (o *Outbox) Reach(context.Context) error {
	if o.file != nil {
		return nil
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("open outbox: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(o.dir, OutboxFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open outbox: %w", err)
	}
	o.file, o.read, o.sent = f, 0, map[MessageID]bool{}
	return nil
}

// Close implements Messenger.
func (o *Outbox) Close() {
	if o.file != nil {
		_ = o.file.Close()
		o.file = nil
	}
}

// Query implements Messenger.
func (o *Outbox) Query(ctx context.Context, id MessageID) (string, bool, error) {
	if err := o.catchUp(ctx); err != nil {
		return "", false, err
	}
	return string(id), o.sent[id], nil
}

// Send implements Messenger. A message that is there stays alone.
func (o *Outbox) Send(ctx context.Context, m Message) (string, error) {
	if err := o.catchUp(ctx); err != nil || o.sent[m.ID] {
		return string(m.ID), err
	}
	line, err := json.Marshal(Entry{m.ID, time.Now().UTC(), mask.Phone(m.Phone), m.Text})
	if err != nil {
		return "", &Refused{"text", "短信内容无法发送"}
	}
	line = append(line, '\n')
	if torn, err := o.torn(); err != nil {
		return "", err
	} else if torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := o.file.Write(line); err != nil {
		return "", fmt.Errorf("write outbox: %w", err)
	}
	if err := o.file.Sync(); err != nil {
		return "", fmt.Errorf("write outbox: %w", err)
	}
	return string(m.ID), nil
}

// catchUp reads the whole lines that were added, by this node or another. What
// is no line is the torn end of a write that was never acknowledged.
func (o *Outbox) catchUp(ctx context.Context) error {
	if err := o.Reach(ctx); err != nil {
		return err
	}
	if _, err := os.Stat(o.file.Name()); errors.Is(err, fs.ErrNotExist) {
		o.Close() // somebody emptied the directory
		return o.Reach(ctx)
	}
	in := bufio.NewReader(io.NewSectionReader(o.file, o.read, 1<<62))
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read outbox: %w", err)
		}
		o.read += int64(len(line))
		var e Entry
		if json.Unmarshal(bytes.TrimSpace(line), &e) == nil {
			o.sent[e.ID] = true
		}
	}
}

// torn reports whether the file ends within a line.
func (o *Outbox) torn() (bool, error) {
	info, err := o.file.Stat()
	if err != nil {
		return false, fmt.Errorf("read outbox: %w", err)
	}
	return info.Size() > o.read, nil
}
