package care

import (
	"fmt"
	"io/fs"

	"xiangyi/protocol"
)

// Service is one thing that people come for.
type Service struct {
	Name      string // folder and prefix of its actions: "appointment"
	Title     string // zh-CN; words/en.json translates it
	Kinds     []Kind
	Actions   []Action
	Views     []View
	Pages     []Page
	Reactions []Reaction
	Chores    func(protocol.Reader) ([]Request, error) // what is due at this site now; nil: never anything
	Screens   fs.FS                                    // templates: screens/*.html, and words/en.json
}

// Kind is what a store interprets of a kind, and how its conflicts end.
type Kind struct {
	protocol.KindSpec
	// Merge gives the value that both heads lead to, in either order, or says
	// that a person must decide. Nil: always a person.
	Merge func(a, b protocol.Value) (protocol.Value, bool)
	// Decider is the role that gets the task when Merge cannot.
	Decider Role
}

// Place is where an action or page is offered.
type Place uint8

// The places; they can be added up.
const (
	AtStation Place = 1 << iota
	InCounty
	Everywhere = AtStation | InCounty
)

// Reaction follows the feed on one host and answers a Change of one service
// with an action of another: a stopped clinic leads to notices. It must be
// idempotent: it uses the Change's position as key.
type Reaction struct {
	Name  string
	Place Place
	On    []protocol.ActionName
	Do    func(r protocol.Reader, c protocol.Change) ([]Request, error)
}

// Check finds what is wrong in a roster before anybody is served: doubled or
// misnamed actions, kinds without retention, pages without a view.
func Check(roster []Service) error {
	seen := map[string]bool{}
	for i := range roster {
		if err := roster[i].check(seen); err != nil {
			return fmt.Errorf("service %s: %w", roster[i].Name, err)
		}
	}
	return nil
}

func (s *Service) check(seen map[string]bool) error {
	once := func(what, name string) error {
		if seen[what+name] {
			return fmt.Errorf("%s %s twice", what, name)
		}
		seen[what+name] = true
		return nil
	}
	for _, k := range s.Kinds {
		if k.Class == 0 || k.Retention == 0 {
			return fmt.Errorf("kind %s has no class or retention", k.Kind)
		}
		if err := once("kind", string(k.Kind)); err != nil {
			return err
		}
	}
	for _, a := range s.Actions {
		if len(a.Roles) == 0 || a.Purpose == "" || !ownName(s.Name, a.Name) {
			return fmt.Errorf("action %s: want own prefix, roles and purpose", a.Name)
		}
		if err := once("action", string(a.Name)); err != nil {
			return err
		}
	}
	for _, v := range s.Views {
		if len(v.Roles) == 0 || v.Purpose == "" || !ownName(s.Name, v.Name) {
			return fmt.Errorf("view %s: want own prefix, roles and purpose", v.Name)
		}
		if err := once("action", string(v.Name)); err != nil {
			return err
		}
	}
	for _, p := range s.Pages {
		if err := once("page", string(p.Channels)+p.Path); err != nil {
			return err
		}
		if !seen["action"+string(p.View)] {
			return fmt.Errorf("page %s: no view %s", p.Path, p.View)
		}
	}
	return nil
}

func ownName(service string, name protocol.ActionName) bool {
	return len(name) > len(service)+1 && string(name[:len(service)+1]) == service+"."
}
