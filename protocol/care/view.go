package care

import (
	"reflect"
	"slices"
	"strings"

	"xiangyi/protocol"
)

// View is something that people look at. Make one with Show.
type View struct {
	Name     protocol.ActionName
	Roles    []Role
	Purpose  protocol.Purpose
	Place    Place // zero is Everywhere
	Consent  ConsentPurpose
	Assured  uint8 // as an Action's
	Personal bool  // shows personal data: each look is a Change

	input  reflect.Type
	decode func([]byte) (any, error)
	run    func(*Look, any) (any, error)
}

// Input is the type of what it takes: a struct with json tags.
func (v *View) Input() reflect.Type { return v.input }

// FromForm turns path and query values into this view's input.
func (v *View) FromForm(values map[string][]string) ([]byte, error) {
	return fromForm(v.input, values)
}

// Show makes a view of a function from records to a page's content.
func Show[In, Out any](v View, run func(l *Look, in In) (Out, error)) View {
	v.input = reflect.TypeFor[In]()
	v.decode = decodeInput[In]
	v.run = func(l *Look, in any) (any, error) { return run(l, in.(In)) }
	return v
}

// Look is one run of a view: the records, who looks, and what they saw.
type Look struct {
	protocol.Reader
	Actor protocol.Actor

	subject   protocol.ID
	count     uint32
	emergency protocol.ID // the opening that it rests on, in place of a consent
}

// Own refuses when the looker is a resident and the subject somebody else.
func (l *Look) Own(subject protocol.ID) error { return Own(l.Actor, subject) }

// Saw tells the audit whose records were shown and how many. Several subjects
// are counted, and none is named.
func (l *Look) Saw(subject protocol.ID, n int) {
	if l.count > 0 && l.subject != subject {
		subject = ""
	}
	l.subject = subject
	l.count += uint32(n)
}

// Channel is where a page is offered.
type Channel string

// The channels.
const (
	Kiosk  Channel = "kiosk"
	Desk   Channel = "desk"
	Portal Channel = "portal"
)

// Channels is a list of them, written "kiosk,desk".
type Channels string

// Has reports whether a channel is in the list.
func (c Channels) Has(channel Channel) bool {
	return slices.Contains(strings.Split(string(c), ","), string(channel))
}

// Page ties a path to a view and a template. The host serves GET Path by
// running View with the path's and the query's values as input, and rendering
// Template; POST /do/<action> runs an action.
type Page struct {
	Path     string // "/appointment/departments"; a segment "{id}" is an input of that name
	Channels Channels
	View     protocol.ActionName
	Template string // defined in the service's screens: "appointment/departments"; empty where the view gives a Blob, and the host its bytes
	Title    string // zh-CN
	Entry    *Entry // a tile on the channel's home page, or nil
	// Live lists the kinds whose Changes are shown while the page stands open:
	// the host runs the view again and puts the template named Template+"-live"
	// into the element with the id "live". Never a form that somebody fills in.
	Live []protocol.Kind
	Back string // path of the page before; empty is the home page
}

// Entry is a tile on a home page.
type Entry struct {
	Icon   string
	Label  string // zh-CN
	Detail string // one line of plain words, may be empty
	Order  int
	Roles  []Role // who sees it; nil: everybody whom the view allows
	Item   string // service item of the catalogue that can take it offline; empty: always there
}
