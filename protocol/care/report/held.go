package report

import (
	"errors"
	"slices"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Held is one version of a report that nobody could be found for. ID: that of
// the report and the version.
type Held struct {
	State  HeldState     `json:"state"`
	Why    string        `json:"why"`
	Wanted care.ID       `json:"wanted,omitempty"` // who it is for, once they are registered
	Held   time.Time     `json:"held"`
	Paper  Incoming      `json:"report"`
	Done   time.Time     `json:"done,omitzero"`
	By     care.ID       `json:"by,omitempty"`
	Reason string        `json:"reason,omitempty"` // why it was sent back
	Rest   protocol.Rest `json:",unknown"`
}

// HeldState is how far a held report has come.
type HeldState string

// The states.
const (
	Waiting  HeldState = "waiting"
	Attached HeldState = "attached"
	Returned HeldState = "returned" // nobody's here; the hospital was told
)

// TaskMatch is the reason of the task that a held report opens.
const TaskMatch = "match"

// HeldRef names a held report.
func HeldRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindHeld, ID: id} }

func matchTask(held care.ID) care.ID { return "match-" + held }

func hold(d *care.Deed, in Incoming, why string) error {
	wanted := in.Person
	if in.Document.Number != "" {
		wanted = d.PersonID(documentType(in.Document.Type), strings.ToUpper(in.Document.Number))
	}
	id := versioned(ReportID(in.Source, in.Number), in.Version)
	if there, err := care.Exists(d, HeldRef(id)); there || err != nil {
		return err
	}
	scopes := []protocol.Scope{protocol.SiteScope(d.Site())}
	who := care.CountyDoctor
	if in.Station != "" {
		who, scopes = care.Doctor, append(scopes, protocol.SiteScope(in.Station))
	}
	h := Held{State: Waiting, Why: why, Wanted: wanted, Held: d.Now(), Paper: in}
	if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(id), Scopes: scopes}, &h); err != nil {
		return err
	}
	return care.Task{
		Reason: TaskMatch, For: who, Site: in.Station, About: HeldRef(id), Words: "有一份医院报告没有对上人，请核对是谁的",
	}.Open(d, matchTask(id), scopes...)
}

// Attach is the input of report.attach.
type Attach struct {
	Held   care.ID `json:"held"`
	Person care.ID `json:"person"`
}

// Subject is whose report it is said to be.
func (a Attach) Subject() care.ID { return a.Person }

// Check asks for a person.
func (a Attach) Check() error {
	if !a.Person.Valid() {
		return protocol.Refuse("no-person", "请先选择这是谁的报告").OnField("person")
	}
	return nil
}

// attach files a held report. Staff decide by what they know; the system only
// where the document and the name are the ones that the hospital wrote.
func attach() care.Action {
	return care.Do(care.Action{
		Name: "report.attach", Title: "报告对上人", Roles: care.Roles(care.Clinicians, care.System),
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Attach) error {
		h, err := waiting(d, in.Held)
		if err != nil {
			return err
		}
		p, _, err := care.Read[care.Person](d, care.ResidentRef(in.Person))
		if isNotFound(err) {
			return protocol.Refuse("no-such-person", "没有找到这位居民，请先登记").OnField("person").Offer("/identity/register")
		}
		if err != nil {
			return err
		}
		by := d.Actor.ID
		if d.Actor.Role == care.System {
			by = ""
			if h.Wanted != in.Person || !sameName(p.Name, h.Paper.Name) {
				return protocol.Refuse("not-sure", "姓名或证件对不上，需要人工核对")
			}
		}
		return settle(d, in, &h, by)
	})
}

func settle(d *care.Deed, in Attach, h *Held, by care.ID) error {
	paper := h.Paper
	why, err := file(d, &paper, in.Person, by)
	if err != nil {
		return err
	}
	switch why {
	case heldOther:
		return protocol.Refuse("other-person", "这份报告以前的版本是另一位居民的，请先向医院核实").OnField("person")
	case heldDiffers:
		return protocol.Refuse("version-differs", "同一版本的报告内容不同，请先向医院核实")
	}
	h.State, h.Done, h.By = Attached, d.Now(), d.Actor.ID
	if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(in.Held)}, h); err != nil {
		return err
	}
	return closeTask(d, matchTask(in.Held), "attached")
}

// Return is the input of report.return.
type Return struct {
	Held   care.ID `json:"held"`
	Reason string  `json:"reason"`
}

// Check asks for a reason.
func (in Return) Check() error { return needWords("reason", in.Reason) }

func giveBack() care.Action {
	return care.Do(care.Action{
		Name: "report.return", Title: "报告退回医院", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Return) error {
		h, err := waiting(d, in.Held)
		if err != nil {
			return err
		}
		h.State, h.Done, h.By, h.Reason = Returned, d.Now(), d.Actor.ID, strings.TrimSpace(in.Reason)
		if _, err := care.Write(d, protocol.Draft{Ref: HeldRef(in.Held)}, &h); err != nil {
			return err
		}
		return closeTask(d, matchTask(in.Held), "returned")
	})
}

func waiting(d *care.Deed, id care.ID) (Held, error) {
	h, _, err := care.Read[Held](d, HeldRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return h, protocol.Refuse("no-report", "没有找到这份报告").Offer("/report/held")
	}
	if err == nil && h.State != Waiting {
		err = protocol.Refuse("already-matched", "这份报告已经处理过了").Offer("/report/held")
	}
	return h, err
}

// arrivals attaches held reports when their person is registered. Whoever
// writes a resident leads here, by whatever action.
func arrivals() care.Reaction {
	return care.Reaction{Name: "report-attach", Place: care.InCounty, Do: func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
		var out []care.Request
		for _, w := range c.Writes {
			if w.Ref.Kind != care.KindResident {
				continue
			}
			found, err := care.Collect[Held](r, protocol.Query{Kind: KindHeld, Index: "wanted", Match: []string{string(w.Ref.ID), string(Waiting)}})
			if err != nil {
				return nil, err
			}
			slices.SortStableFunc(found, func(a, b care.Found[Held]) int {
				return int(min(max(a.Value.Paper.Version-b.Value.Paper.Version, -1), 1))
			})
			for _, f := range found {
				in, err := protocol.Encode(Attach{f.Ref.ID, w.Ref.ID})
				if err != nil {
					return nil, err
				}
				out = append(out, care.Request{Actor: care.Machine("reports"), Name: "report.attach", Input: in})
			}
		}
		return out, nil
	}}
}
