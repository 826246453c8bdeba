package quarantine

import (
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// The kinds of this service.
const (
	KindParked     protocol.Kind = "parked"
	KindDifference protocol.Kind = "difference"
)

// State is how a parked entry stands.
type State string

// The states. Retry and aside are a person's wish until the host has done it.
const (
	Waits    State = "waits" // for an entry that it rests on; goes on by itself
	Stuck    State = "stuck" // a person must look
	Retrying State = "retry"
	Dropping State = "drop"
	Aside    State = "aside"    // for good; what waited for it has gone on
	Released State = "released" // taken after all
)

// Open lists the states of what is still in the ledger's quarantine.
var Open = []State{Waits, Stuck, Retrying, Dropping, Aside}

// Parked is the content of such a record. ID: Ref.
type Parked struct {
	Position string        `json:"position"` // of the entry, as text
	Site     protocol.Site `json:"site"`
	Lane     protocol.Lane `json:"lane"`
	Cause    Cause         `json:"cause"`
	Words    string        `json:"words,omitempty"` // for technicians: the place, never what stands there
	Behind   int           `json:"behind,omitzero"` // entries that wait for it
	State    State         `json:"state"`
	Why      string        `json:"why,omitempty"` // set aside because
	Since    time.Time     `json:"since"`
	At       time.Time     `json:"at"`
	Rest     protocol.Rest `json:",unknown"`
}

// Cause is why an entry is parked.
type Cause string

// The causes.
const (
	CauseWaits   Cause = "waits"
	CauseContent Cause = "content"
	CauseFrame   Cause = "frame"
)

var causes = []Cause{CauseWaits, CauseContent, CauseFrame}

// Ref names the record of one parked entry.
func Ref(p protocol.Position) protocol.Ref {
	return protocol.Ref{Kind: KindParked, ID: protocol.Rev{Position: p}.ID()}
}

var parkedKind = care.Kind{KindSpec: protocol.KindSpec{
	Kind: KindParked, Class: protocol.ClassInternal, Retention: protocol.RetainAudit,
	Indexes: []protocol.Index{{Name: "state", Fields: []string{"state"}, Time: "since"}},
}}

// Note is the input of quarantine.note: how an entry stands in the ledger.
type Note struct {
	Position string `json:"position"`
	Cause    Cause  `json:"cause"`
	Words    string `json:"words,omitempty"`
	Behind   int    `json:"behind,omitzero"`
	State    State  `json:"state"`
	// From is the state that the host saw, empty for an entry that is new. What a
	// person decided meanwhile stands.
	From State `json:"from,omitempty"`
}

// Check implements care.Checked.
func (in Note) Check() error {
	p, err := protocol.ParsePosition(in.Position)
	known := in.State == Waits || in.State == Stuck || in.State == Aside || in.State == Released
	if err != nil || !Ref(p).ID.Valid() || !known || !slices.Contains(causes, in.Cause) {
		return protocol.Refuse("bad-note", "这一条的内容不完整")
	}
	return nil
}

// Names of the actions that hosts run and follow.
const (
	Noted  protocol.ActionName = "quarantine.note"
	Retry  protocol.ActionName = "quarantine.retry"
	Drop   protocol.ActionName = "quarantine.aside"
	Differ protocol.ActionName = "quarantine.differ"
)

// note writes how an entry stands.
func note() care.Action {
	return care.Do(care.Action{
		Name: Noted, Title: "记下收到但放不进去的记录", Roles: []care.Role{care.System},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in Note) error {
		p, err := protocol.ParsePosition(in.Position)
		if err != nil {
			return err
		}
		there, err := care.Exists(d, Ref(p))
		if err != nil {
			return err
		}
		rec := Parked{Position: in.Position, Site: p.Site, Lane: p.Lane, Since: d.Now()}
		if there {
			if rec, _, err = care.Read[Parked](d, Ref(p)); err != nil {
				return err
			}
		}
		if rec.State != in.From {
			return nil
		}
		rec.Cause, rec.Words, rec.Behind, rec.State, rec.At = in.Cause, in.Words, in.Behind, in.State, d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: Ref(p)}, &rec)
		return err
	})
}

// keepers look after what is parked.
var keepers = []care.Role{care.Operator, care.Supervisor}

// Which names a parked entry.
type Which struct {
	ID care.ID `json:"id"`
}

// again lets an entry be tried once more; one that was set aside too.
func again() care.Action {
	return care.Do(care.Action{
		Name: Retry, Title: "再试一次", Roles: keepers,
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in Which) error {
		return decide(d, in.ID, []State{Stuck, Aside}, func(p *Parked) { p.State = Retrying })
	})
}

// SetAside is the input of quarantine.aside.
type SetAside struct {
	ID  care.ID `json:"id"`
	Why string  `json:"why"`
}

// Check implements care.Checked.
func (in SetAside) Check() error {
	if len([]rune(in.Why)) < 2 {
		return protocol.Refuse("reason-missing", "请写明为什么放到一边，以后查起来要看").OnField("why")
	}
	return nil
}

func aside() care.Action {
	return care.Do(care.Action{
		Name: Drop, Title: "永久放到一边", Roles: keepers,
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in SetAside) error {
		return decide(d, in.ID, []State{Stuck}, func(p *Parked) { p.State, p.Why = Dropping, in.Why })
	})
}

func decide(d *care.Deed, id care.ID, from []State, write func(*Parked)) error {
	ref := protocol.Ref{Kind: KindParked, ID: id}
	there, err := care.Exists(d, ref)
	if err != nil {
		return err
	}
	if !there {
		return protocol.Refuse("not-found", "没有找到这一条，请刷新后再看").Offer("/quarantine")
	}
	rec, _, err := care.Read[Parked](d, ref)
	if err != nil {
		return err
	}
	if !slices.Contains(from, rec.State) {
		return protocol.Refuse("not-stuck", "这一条已经在办理，或不需要人处理").Offer("/quarantine")
	}
	write(&rec)
	rec.At = d.Now()
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &rec)
	return err
}
