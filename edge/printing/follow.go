package printing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/report"
)

const (
	batch = 256
	// saveEvery bounds what a restart reads again, which is harmless: a Change
	// that was queued is found by its job.
	saveEvery = 500
)

// follow reads the station's feed: it queues what asks for paper, and passes on
// what became of it.
func (p *Printing) follow(ctx context.Context) error {
	cursor, err := p.load(ctx)
	if err != nil {
		return err
	}
	saved := cursor
	for {
		items, err := p.Store.Next(ctx, cursor, batch, p.concerns)
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := p.insist(ctx, "journal entry", it.Change.Position.String(), func() error { return p.answer(ctx, &it.Change) }); err != nil {
				return err
			}
			cursor = it.Cursor
		}
		if cursor-saved < saveEvery {
			continue
		}
		if err := p.save(ctx, cursor); err != nil {
			return err
		}
		saved = cursor
	}
}

// insist repeats what must not be lost, until it works or the context ends. A
// refusal is an answer.
func (p *Printing) insist(ctx context.Context, what, which string, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if refusal, refused := protocol.AsRefusal(err); refused {
			p.Log.Info("printing was refused", what, which, "code", string(refusal.Code))
			return nil
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.Log.Warn("printing will try again", what, which, "try", try, "err", err)
		if err := p.Pause(ctx, try); err != nil {
			return err
		}
	}
}

// concerns reports whether a Change of this station asks for paper or is about a
// job.
func (p *Printing) concerns(c *protocol.Change) bool {
	return c.Site == p.Site && (c.About().Kind == printing.KindJob || asks(c))
}

func (p *Printing) answer(ctx context.Context, c *protocol.Change) error {
	if c.About().Kind == printing.KindJob && c.Site == p.Site {
		for _, d := range p.desks {
			d.poke()
		}
		return p.tellReport(ctx, c)
	}
	order, asked, err := p.orderOf(c)
	if err != nil || !asked {
		return err
	}
	var age time.Duration
	err = p.Store.View(ctx, func(r protocol.Reader) error {
		age = r.Now().Sub(c.HLC.Time())
		return nil
	})
	if err != nil || age > p.Patience {
		return err // nobody waits for it: a station that reads its journal anew prints no old paper
	}
	return p.do(ctx, "printing.queue", order, "queue:"+c.Position.String())
}

// copies says a job's state in the words of the report service.
var copies = map[printing.State]report.PrintState{
	printing.Queued: report.PrintWaiting, printing.Printing: report.PrintRunning, printing.WaitingPaper: report.PrintStopped,
	printing.WaitingPrinter: report.PrintStopped, printing.Printed: report.PrintDone, printing.InDoubt: report.PrintInDoubt,
	printing.Failed: report.PrintFailed, printing.Cancelled: report.PrintFailed,
}

// tellReport passes on what became of a copy of a report: the report service
// counts copies that came out.
func (p *Printing) tellReport(ctx context.Context, c *protocol.Change) error {
	var j printing.Job
	if err := protocol.Decode(c.Writes[0].Value, &j); err != nil || j.What != printing.Report || j.About.Kind != report.KindPrint {
		return err
	}
	said := report.Printed{Print: j.About.ID, State: copies[j.State], Fault: string(j.Why)}
	return p.do(ctx, "report.printed", said, "printed:"+c.Position.String())
}

// do runs an action of a service.
func (p *Printing) do(ctx context.Context, name protocol.ActionName, in any, key string) error {
	input, err := protocol.Encode(in)
	if err != nil {
		return err
	}
	_, err = p.Engine.Do(ctx, care.Request{Actor: self, Name: name, Input: input, Key: key})
	return err
}

func (p *Printing) cursorRef() protocol.Ref {
	return protocol.Ref{Kind: care.KindCursor, ID: care.ID(p.Site) + ".printing"}
}

func (p *Printing) load(ctx context.Context) (protocol.Cursor, error) {
	var at care.Progress
	err := p.Store.View(ctx, func(r protocol.Reader) (err error) {
		at, _, err = care.Read[care.Progress](r, p.cursorRef())
		return err
	})
	if errors.Is(err, protocol.ErrNotFound) {
		return 0, nil
	}
	return at.Cursor, err
}

func (p *Printing) save(ctx context.Context, at protocol.Cursor) error {
	order := protocol.Order{Actor: self, Action: "engine.progress", Purpose: care.ForOperations, Lane: protocol.Administrative}
	_, err := p.Store.Do(ctx, order, func(tx protocol.Tx) error {
		ref := p.cursorRef()
		_, err := care.Write(tx, protocol.Draft{Ref: ref}, &care.Progress{Follower: string(ref.ID), Cursor: at, At: tx.Now()})
		return err
	})
	if err != nil {
		return fmt.Errorf("save cursor of printing: %w", err)
	}
	return nil
}
