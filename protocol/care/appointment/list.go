package appointment

import (
	"net/url"
	"strconv"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// List is a list that a page shows in parts. How many fit is the reader's
// choice and the screen's (six at the kiosk, four for elders), so the template
// cuts it.
type List[T any] struct {
	Items []T
	At    int    // the page that is shown, from 1
	Path  string // of this list, with its query
}

// Part is what one page shows of a List.
type Part[T any] struct {
	Items []T
	Pager screen.Pager
}

// denseRows is how much of a list fits on a desk.
const denseRows = 30

// Cut gives the part that is shown on a page.
func (l List[T]) Cut(on screen.Page) Part[T] {
	size := on.Mode.Choices()
	if on.Channel != screen.Kiosk {
		size = denseRows
	}
	items, pager := screen.Window(l.Items, size, l.At, func(page int) string {
		return addQuery(l.Path, "page", strconv.Itoa(page))
	})
	return Part[T]{items, pager}
}

// way is what somebody is about when they look for a slot: moving a visit, or
// booking for another person. It travels from page to page in the address.
type way struct{ Move, Person care.ID }

func (w way) to(path string) string {
	if w.Move != "" {
		path = addQuery(path, "move", string(w.Move))
	}
	if w.Person != "" {
		path = addQuery(path, "person", string(w.Person))
	}
	return path
}

// wayOf is the way of somebody who books for a person. Residents go about their
// own affairs, and their addresses name nobody.
func wayOf(a protocol.Actor, person care.ID) way {
	if a.Role == care.Resident {
		return way{}
	}
	return way{Person: person}
}

// takes leaves out what cannot be chosen on this way: a visit is not moved to a
// time that has to be asked for.
func (w way) takes(o Offer) Offer {
	if w.Move != "" && o == OfferAsk {
		return OfferNone
	}
	return o
}

// start is where choosing begins: at the kiosk the first page of booking, in an
// office the person or the visit that it is about.
func (w way) start(c *screen.Chrome) string {
	switch {
	case w.Move != "":
		return "/appointment/mine/" + string(w.Move)
	case w.Person != "":
		return "/appointment/person/" + string(w.Person)
	case c.Channel == screen.Kiosk:
		return "/appointment"
	}
	return ""
}

// stays keeps to the way when a slot is refused: what is offered instead is for
// the same person, and moves the same visit.
func (w way) stays(err error) error {
	refusal, refused := protocol.AsRefusal(err)
	if !refused || !strings.HasPrefix(refusal.Next, "/appointment/") {
		return err
	}
	return refusal.Offer(w.to(refusal.Next))
}

func addQuery(path, name, value string) string {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + name + "=" + url.QueryEscape(value)
}
