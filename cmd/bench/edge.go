package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"xiangyi/protocol/care"
)

// edge measures a station: its start and memory, a durable deed and a page.
func edge(r *run) error {
	b, err := newBox(r)
	if err != nil {
		return err
	}
	defer b.stop()
	if err := idle(r, b); err != nil {
		return err
	}
	const records = 100_000
	residents, err := b.fill(r.ctx, records)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	var starts []time.Duration
	for range 3 {
		b.stop()
		took, err := b.start(r.ctx)
		if err != nil {
			return err
		}
		starts = append(starts, took)
	}
	r.emit(Figure{Bench: "station.start", Metric: "seconds", Value: percentile(starts, 0.5) / 1000, Unit: "s"})
	if err := b.settle(r.ctx); err != nil {
		return err
	}
	if err := deeds(r, b, residents); err != nil {
		return err
	}
	all, anonymous, err := residentMB(b.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.emit(Figure{Bench: "station.rss", Metric: "loaded_mb", Value: all, Unit: "MB"})
	r.emit(Figure{Bench: "station.rss", Metric: "loaded_anonymous_mb", Value: anonymous, Unit: "MB"})
	return nil
}

// idle is the memory of a station that holds nothing, after its first page.
func idle(r *run, b *box) error {
	if _, err := b.start(r.ctx); err != nil {
		return err
	}
	defer b.stop()
	select {
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-time.After(3 * time.Second):
	}
	all, _, err := residentMB(b.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.emit(Figure{Bench: "station.rss", Metric: "idle_mb", Value: all, Unit: "MB"})
	return nil
}

// browser is a signed-in doctor's.
type browser struct {
	*http.Client
	base string
}

func signIn(b *box) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &browser{&http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 128},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, "http://" + b.desk}
	r, err := c.PostForm(c.base+"/identity/enter", url.Values{"login": {"doctor1"}, "password": {password}})
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	if r.StatusCode != http.StatusSeeOther {
		return nil, fmt.Errorf("sign in: %s", r.Status)
	}
	return c, nil
}

// save enters one spot check; n makes its key.
func (c *browser) save(person care.ID, key string) error {
	r, err := c.PostForm(c.base+"/do/exam.enter", url.Values{"key": {key}, "person": {string(person)}, "technique": {"counted"},
		"systolic": {"128"}, "diastolic": {"82"}, "pulse": {"74"}, "next": {"/"}})
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	if err == nil && r.StatusCode != http.StatusSeeOther {
		err = fmt.Errorf("exam.enter: %s", r.Status)
	}
	return err
}

func (c *browser) page(path string) error {
	r, err := c.Get(c.base + path)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, r.Status)
	}
	return err
}

// deeds measures saves and pages, and this disk's own fsync in turn with them.
func deeds(r *run, b *box, residents []care.ID) error {
	c, err := signIn(b)
	if err != nil {
		return err
	}
	rounds, each := 10, 40
	if r.long {
		rounds = 100
	}
	var saves, pages, syncs []time.Duration
	var alone, together float64
	for round := range rounds {
		s, err := syncTimes(r.dir, each)
		if err != nil {
			return err
		}
		syncs = append(syncs, s...)
		began := time.Now()
		for i := range each {
			t := time.Now()
			if err := c.save(residents[i], fmt.Sprintf("one-%d-%d", round, i)); err != nil {
				return err
			}
			saves = append(saves, time.Since(t))
		}
		alone += float64(each) / time.Since(began).Seconds() / float64(rounds)
		for i := range each {
			t := time.Now()
			if err := c.page("/exam/person/" + string(residents[(round*each+i)%len(residents)])); err != nil {
				return err
			}
			pages = append(pages, time.Since(t))
		}
		rate, err := crowd(c, residents, round)
		if err != nil {
			return err
		}
		together += rate / float64(rounds)
	}
	sync := percentile(syncs, 0.5)
	r.emit(Figure{Bench: "edge.save", Metric: "p50_ms", Value: percentile(saves, 0.5), Unit: "ms", Ratio: percentile(saves, 0.5) / sync, RatioTo: "fsync p50"})
	r.emit(Figure{Bench: "edge.save", Metric: "p95_ms", Value: percentile(saves, 0.95), Unit: "ms", Ratio: percentile(saves, 0.95) / sync, RatioTo: "fsync p50"})
	r.emit(Figure{Bench: "edge.save", Metric: "fsync_p50_ms", Value: sync, Unit: "ms"})
	r.emit(Figure{Bench: "edge.save", Metric: "fsync_p95_ms", Value: percentile(syncs, 0.95), Unit: "ms"})
	r.emit(Figure{Bench: "edge.save", Metric: "writers_1", Value: alone, Unit: "1/s"})
	r.emit(Figure{Bench: "edge.save", Metric: "writers_64", Value: together, Unit: "1/s", Ratio: together / alone, RatioTo: "writers_1"})
	r.emit(Figure{Bench: "edge.page", Metric: "p50_ms", Value: percentile(pages, 0.5), Unit: "ms"})
	r.emit(Figure{Bench: "edge.page", Metric: "p95_ms", Value: percentile(pages, 0.95), Unit: "ms"})
	return nil
}

// crowd is 64 writers at once; it gives their rate.
func crowd(c *browser, residents []care.ID, round int) (float64, error) {
	const writers, each = 64, 4
	began := time.Now()
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			for i := range each {
				if err := c.save(residents[w], fmt.Sprintf("many-%d-%d-%d", round, w, i)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			return 0, err
		}
	}
	return writers * each / time.Since(began).Seconds(), nil
}
