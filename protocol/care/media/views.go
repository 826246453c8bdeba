package media

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// PersonPage is the photos of a resident, the newest first, and the form for
// another.
type PersonPage struct {
	Person care.ID
	Name   string
	Rows   []Row
	Older  string // path of the next ones, or ""
	Add    bool   // photos are taken here
	Sort   screen.Field
	Words  screen.Field
}

// Frame leads back to the person.
func (p PersonPage) Frame(c *screen.Chrome) { c.Back = "/identity/person/" + string(p.Person) }

// None stands where there is no photo yet.
func (PersonPage) None() screen.Empty {
	return screen.Empty{Icon: "image", Title: "还没有照片", Text: "伤口、皮疹或外院的单子，可以拍下来存进记录。"}
}

// Row is one photo in a list.
type Row struct {
	Href, Sort, Words, Site string
	At                      time.Time
	Bytes                   screen.Mark
	Withdrawn               bool
}

type personInput struct {
	Person care.ID   `json:"person"`
	Before time.Time `json:"before,omitzero"`
}

func (in personInput) Subject() care.ID { return in.Person }

const rowsAPage = 20

func ofPerson() care.View {
	return care.Show(care.View{
		Name: "media.person", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true, Consent: care.ConsentHealth,
	}, func(l *care.Look, in personInput) (PersonPage, error) {
		out := PersonPage{
			Person: in.Person, Add: l.Actor.Role == care.Doctor,
			Sort:  screen.Field{Name: "sort", Label: "照片里是什么", Type: "select"},
			Words: screen.Field{Name: "words", Label: "说明", Hint: "部位、大小，或单子上的要点", Type: "text", MaxLength: mostWords, Optional: true},
		}
		for _, s := range sorts {
			out.Sort.Options = append(out.Sort.Options, screen.Option{Value: string(s.Code), Label: s.Label})
		}
		var err error
		if out.Name, err = nameOf(l, in.Person); err != nil {
			return out, err
		}
		found, err := care.Collect[Media](l, protocol.Query{Kind: Kind, Index: "person", Match: []string{string(in.Person)}, To: in.Before, Latest: true, Limit: rowsAPage + 1})
		if err != nil {
			return out, err
		}
		if len(found) > rowsAPage {
			found = found[:rowsAPage]
			out.Older = "/media/person/" + string(in.Person) + "?before=" + found[rowsAPage-1].Value.At.UTC().Format(time.RFC3339Nano)
		}
		for i := range found {
			m, err := current(&found[i].Record)
			if err != nil {
				return out, err
			}
			out.Rows = append(out.Rows, Row{Href: "/media/item/" + string(found[i].Ref.ID), Sort: m.Sort.Label(), Words: m.Words, Site: string(m.Site),
				At: m.At, Bytes: bytesMark(&m), Withdrawn: m.Fault != nil})
		}
		l.Saw(in.Person, len(found))
		return out, nil
	})
}

// bytesMark says where a photo's bytes are: what is not known to be held is
// never called sent.
func bytesMark(m *Media) screen.Mark {
	if m.State == Held {
		return screen.Mark{Kind: screen.Good, Text: "县中心已存好照片"}
	}
	return screen.Mark{Kind: screen.Calm, Text: "照片在站里，等待上传"}
}

// ItemPage is one photo.
type ItemPage struct {
	ID      care.ID
	Person  care.ID
	Name    string
	Facts   screen.Summary
	Bytes   screen.Mark
	Receipt screen.Receipt
	Alt     string
	Fault   *Fault
	Reason  screen.Field
}

// Frame leads back to the person's photos.
func (p ItemPage) Frame(c *screen.Chrome) { c.Back = "/media/person/" + string(p.Person) }

type itemInput struct {
	Media care.ID `json:"media"`
}

func one() care.View {
	return care.Show(care.View{Name: "media.item", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in itemInput) (ItemPage, error) {
			m, rec, err := mayLook(l, in.Media)
			if err != nil {
				return ItemPage{}, err
			}
			level, err := care.LevelOf(l, &rec)
			if err != nil {
				return ItemPage{}, err
			}
			out := ItemPage{
				ID: in.Media, Person: m.Person, Bytes: bytesMark(&m), Alt: m.Sort.Label(), Fault: m.Fault,
				Receipt: screen.Receipt{Level: screen.Level(level) + screen.SavedHere},
				Reason:  screen.Field{Name: "reason", Label: "作废的原因", Type: "text", MaxLength: mostWords},
			}
			out.Facts.Rows = []screen.SummaryRow{
				{Key: "照片里是什么", Value: m.Sort.Label()}, {Key: "说明", Value: m.Words},
				{Key: "拍摄时间", Value: m.At.In(care.Zone).Format("2006-01-02 15:04")}, {Key: "拍摄站点", Value: string(m.Site)},
			}
			out.Name, err = nameOf(l, m.Person)
			return out, err
		})
}

// picture leads to the bytes. A withdrawn photo is not shown.
func picture() care.View {
	return care.Show(care.View{Name: "media.picture", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in itemInput) (care.Blob, error) {
			m, _, err := mayLook(l, in.Media)
			if err == nil && m.Fault != nil {
				err = protocol.Refuse("not-found", "这张照片已经作废")
			}
			return m.Blob, err
		})
}

// mayLook reads a photo's record for somebody who treats the person, and puts it
// on record.
func mayLook(l *care.Look, id care.ID) (Media, protocol.Record, error) {
	m, rec, err := find(l, id)
	if err == nil {
		err = l.NeedConsent(m.Person, care.ConsentHealth)
	}
	if err == nil {
		l.Saw(m.Person, 1)
	}
	return m, rec, err
}

func nameOf(r protocol.Reader, id care.ID) (string, error) {
	p, _, err := care.Read[care.Person](r, care.ResidentRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return "", nil
	}
	return p.Name, err
}
