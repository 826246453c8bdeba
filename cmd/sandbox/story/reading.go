package story

import (
	"context"
	"fmt"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/monitor"
	"xiangyi/cmd/sandbox/stand"
)

const (
	systolic  = "136"
	diastolic = "84"
	pulse     = "71"
)

// The times within which a reading must be seen.
const (
	onKiosk  = time.Second
	inPortal = 2 * time.Second
)

// bloodPressure presses start at the kiosk, lets the instrument measure, and looks at both screens.
func bloodPressure(ctx context.Context, t *tale) (string, error) {
	if err := t.enter(ctx, t.doctor, "county1"); err != nil {
		return "", err
	}
	if err := t.signed(ctx, t.a, villager); err != nil {
		return "", err
	}
	wait, err := t.startMeasuring(ctx)
	if err != nil {
		return "", err
	}
	began := time.Now()
	if err := t.measure(ctx); err != nil {
		return "", err
	}
	kiosk, err := t.seen(ctx, began, func() (*outsider.Page, error) { return t.atA.Open(ctx, wait) })
	if err != nil {
		return "", fmt.Errorf("on the kiosk: %w", err)
	}
	portal, err := t.seen(ctx, began, func() (*outsider.Page, error) {
		return t.doctor.Open(ctx, "http://"+string(t.portal)+"/exam/person/"+t.person(villager))
	})
	if err != nil {
		return "", fmt.Errorf("in the portal: %w", err)
	}
	if kiosk > onKiosk || portal > inPortal {
		return "", fmt.Errorf("too late: on the kiosk after %.2f s, in the portal after %.2f s", kiosk.Seconds(), portal.Seconds())
	}
	receipt, err := t.receipt(ctx, wait)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("kiosk %.2f s, portal %.2f s; the kiosk says: %s", kiosk.Seconds(), portal.Seconds(), receipt), nil
}

// startMeasuring presses 开始测量 and gives the page that waits for the result.
func (t *tale) startMeasuring(ctx context.Context) (string, error) {
	p, err := t.atA.Open(ctx, "/exam/measure/pressure")
	if err != nil {
		return "", err
	}
	f, err := p.Form("/do/exam.start")
	if err != nil {
		return "", err
	}
	if p, err = t.atA.Submit(ctx, f, nil); err != nil {
		return "", err
	}
	if err := p.OK(); err != nil {
		return "", err
	}
	return p.URL.Path, nil
}

func (t *tale) measure(ctx context.Context) error {
	cuff := t.a.Tools[0]
	_, err := outsider.Tell[outsider.Told](ctx, string(cuff.Admin), "/measure", stand.Measurement{Readings: []stand.Reading{
		{Code: monitor.Systolic, Value: systolic, Unit: "mm[Hg]"}, {Code: monitor.Diastolic, Value: diastolic, Unit: "mm[Hg]"},
		{Code: monitor.HeartRate, Value: pulse, Unit: "/min"},
	}})
	return err
}

// seen is how long after the measurement a page showed it.
func (t *tale) seen(ctx context.Context, began time.Time, open func() (*outsider.Page, error)) (after time.Duration, err error) {
	err = until(ctx, 20*time.Millisecond, func() (string, error) {
		p, err := open()
		if err != nil {
			return "", err
		}
		if !strings.Contains(p.Text, systolic) || !strings.Contains(p.Text, diastolic) {
			return "the page says: " + p.Short(), nil
		}
		after = time.Since(began)
		return "", nil
	})
	return after, err
}

// heldWords is how a page says that the county holds something.
const heldWords = "已收到"

// receipt waits until the kiosk says that the county holds the reading.
func (t *tale) receipt(ctx context.Context, page string) (string, error) {
	err := until(ctx, soon, func() (string, error) {
		p, err := t.atA.Open(ctx, page)
		if err != nil {
			return "", err
		}
		if !strings.Contains(p.Text, heldWords) {
			return "no receipt of the county: " + p.Short(), nil
		}
		return "", nil
	})
	return heldWords, err
}
