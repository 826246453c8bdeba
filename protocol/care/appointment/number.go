package appointment

import (
	"fmt"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindCounter is the kind of the counters of numbers: one a site and day, which
// only that site writes.
const KindCounter protocol.Kind = "number-counter"

// Counter is the last number that was given out.
type Counter struct {
	Last int           `json:"last"`
	Rest protocol.Rest `json:",unknown"`
}

// number is one that is about to be given out.
type number struct {
	text    string
	ref     protocol.Ref
	counter Counter
}

// nextNumber prepares a number that nobody else has, without asking anybody:
// the site, the day it was made (yymmdd) and a dense count, "V01-301126-007".
// It can be said over the telephone and does not tell whose it is.
func nextNumber(d *care.Deed) (number, error) {
	date := d.Now().In(care.Zone).Format("060102")
	n := number{ref: protocol.Ref{Kind: KindCounter, ID: care.ID(d.Site()) + "." + care.ID(date)}}
	var err error
	if n.counter, _, err = optional[Counter](d, n.ref); err != nil {
		return n, err
	}
	n.counter.Last++
	n.text = fmt.Sprintf("%s-%s-%03d", strings.ToUpper(string(d.Site())), date, n.counter.Last)
	return n, nil
}

// use writes that the number is given out. It comes after the record that the
// Change is about.
func (n number) use(d *care.Deed) error {
	_, err := care.Write(d, protocol.Draft{Ref: n.ref, Scopes: own(d.Site())}, &n.counter)
	return err
}

// mergeCounter keeps the higher count of a site that was restored.
func mergeCounter(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Counter) (*Counter, bool) {
		if y.Last > x.Last {
			x = y
		}
		return x, true
	})
}
