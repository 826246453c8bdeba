package monitor

import (
	"context"
	"errors"
	"time"
)

// beat is the time between heartbeats.
const beat = 15 * time.Second

// Run sends heartbeats until the context ends or the monitor is switched off, and keeps the connection alive: a broker
// that did not answer a ping until the next one is taken for dead, and connected anew.
func (m *Monitor) Run(ctx context.Context) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var pinged *link
	heard := 0
	for {
		l, err := m.connected(ctx)
		switch {
		case errors.Is(err, ErrClosed):
			return nil
		case err != nil:
			pinged = nil // the next beat tries again
		default:
			if pinged == l && l.heard() == heard {
				l.fail(errors.New("mqtt: no PINGRESP"))
				pinged = nil
				continue
			}
			pinged, heard = l, l.heard()
			_ = l.publish(ctx, m.heartbeat(), false, m.o.Ack) // QoS 0: a lost one is what a missing heartbeat means
			_ = l.send(packet{first: typePingreq})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
