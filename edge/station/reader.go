package station

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"xiangyi/devices/idcard"
	"xiangyi/edge/kiosk"
	"xiangyi/protocol/care/identity"
)

// cardReader is the kiosk's reader on a TCP line. It opens the line anew when
// it broke.
type cardReader struct {
	addr   string
	reader *idcard.Reader
}

func (s *Station) reader() kiosk.Reader {
	if s.Reader == "" {
		return nil
	}
	return &cardReader{addr: s.Reader}
}

// Poll implements kiosk.Reader.
func (c *cardReader) Poll(ctx context.Context) (identity.Card, bool, error) {
	if c.reader == nil {
		d := net.Dialer{Timeout: 3 * time.Second}
		conn, err := d.DialContext(ctx, "tcp", c.addr)
		if err != nil {
			return identity.Card{}, false, fmt.Errorf("card reader: %w", err)
		}
		c.reader = idcard.Open(conn, idcard.Options{})
	}
	card, present, err := c.reader.Poll(ctx)
	var fault *idcard.Fault
	if errors.As(err, &fault) && fault.Condition == idcard.Offline || ctx.Err() != nil {
		_ = c.reader.Close() // it is broken, or the station stops
		c.reader = nil
	}
	return identity.Card{Name: card.Name, Number: card.Number, Sex: card.Sex, Ethnic: card.Ethnic, Birth: card.Birth, Address: card.Address}, present, err
}

// Senses implements kiosk.Reader.
func (c *cardReader) Senses() bool { return c.reader != nil && c.reader.Senses() }
