package line

import "time"

// flowing waits while the line stalls. It is false when gone closed first.
func (l *Line) flowing(gone <-chan struct{}) bool {
	for {
		s, changed := l.now()
		if !s.Stall {
			select {
			case <-gone:
				return false
			default:
				return true
			}
		}
		select {
		case <-changed:
		case <-gone:
			return false
		}
	}
}

// leave waits until n bytes have left at the line's rate, and returns when they will arrive. It is false when gone
// closed first.
func (l *Line) leave(p *pacer, n int, gone <-chan struct{}) (due time.Time, ok bool) {
	for {
		if !l.flowing(gone) {
			return time.Time{}, false
		}
		left, s, changed := l.place(p, n)
		done, ok := sleep(time.Until(left), changed, gone)
		if !ok {
			return time.Time{}, false
		}
		if done {
			return left.Add(s.Delay), true
		}
	}
}

// arrive waits until bytes are due and the line does not stall. It is false when gone closed first.
func (l *Line) arrive(due time.Time, gone <-chan struct{}) bool {
	for {
		if !l.flowing(gone) {
			return false
		}
		s, changed := l.now()
		wait := min(time.Until(due), s.Delay) // a shorter delay holds at once
		done, ok := sleep(wait, changed, gone)
		if !ok {
			return false
		}
		if done {
			return l.flowing(gone)
		}
	}
}

// sleep waits; done is false when the settings changed first, ok is false when gone closed first.
func sleep(d time.Duration, changed, gone <-chan struct{}) (done, ok bool) {
	if d <= 0 {
		return true, true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true, true
	case <-changed:
		return false, true
	case <-gone:
		return false, false
	}
}
