package catalogue

import (
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Home is what a terminal's host must know to draw its first page.
type Home struct {
	Known    bool // the terminal is registered
	Terminal care.Terminal
	Place    string          // the name of its organisation
	Closed   map[string]bool // items and abilities that are not offered here
}

// Offers tells whether an entry of the roster is shown at the terminal.
func (h Home) Offers(e *care.Entry) bool { return e.Item == "" || !h.Closed[e.Item] }

// AtTerminal is the input of the view.
type AtTerminal struct {
	Terminal care.ID `json:"terminal,omitzero"` // none: the actor's own
}

// home works out what a terminal offers: items that are online, that its owner
// may offer and did not switch off, and that it is able to do. A terminal that
// nobody registered offers what needs no ability.
func home() care.View {
	return care.Show(care.View{
		Name: "catalogue.home", Roles: care.Roles(care.Visitor, care.Resident, care.Staff, care.System), Purpose: care.ForOperations,
	}, func(l *care.Look, in AtTerminal) (Home, error) {
		out := Home{Closed: map[string]bool{}}
		if in.Terminal == "" {
			in.Terminal = l.Actor.Terminal
		}
		if in.Terminal.Valid() {
			t, _, err := care.Read[care.Terminal](l, care.TerminalRef(in.Terminal))
			if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				return out, err
			}
			out.Known, out.Terminal = err == nil, t
		}
		if out.Known {
			o, _, err := care.Read[care.Organisation](l, care.OrganisationRef(out.Terminal.Organisation))
			if err != nil && !errors.Is(err, protocol.ErrNotFound) {
				return out, err
			}
			out.Place = o.Name
		}
		for _, c := range care.Capabilities {
			out.Closed[c] = !out.Terminal.Offers(c, nil)
		}
		for _, f := range functions {
			out.Closed[string(f.ID)] = true // until its record says otherwise
		}
		found, err := care.Collect[care.Item](l, protocol.Query{Kind: care.KindItem, Index: "all"})
		for _, f := range found {
			id := string(f.Ref.ID)
			open, err := care.ItemOpen(l, id)
			if err != nil {
				return out, err
			}
			out.Closed[id] = !open || !out.Terminal.Offers(id, &f.Value)
		}
		return out, err
	})
}

// Shower is what At needs of care.Engine.
type Shower interface {
	Show(ctx context.Context, r care.Request) (any, error)
}

// At gives a host what its terminal offers now.
func At(ctx context.Context, door Shower, terminal care.ID) (Home, error) {
	who := care.Machine("frame")
	who.Terminal = terminal
	seen, err := door.Show(ctx, care.Request{Actor: who, Name: "catalogue.home"})
	if err != nil {
		return Home{}, err
	}
	out, ok := seen.(Home)
	if !ok {
		return Home{}, fmt.Errorf("catalogue.home: shows a %T", seen)
	}
	return out, nil
}
