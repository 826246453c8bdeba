package media

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Names of the actions that hosts run or follow.
const (
	Add  protocol.ActionName = "media.add"
	Hold protocol.ActionName = "media.hold"
)

// Taken is the input of media.add. The host keeps the form's file and fills in
// Photo.
type Taken struct {
	Person care.ID   `json:"person"`
	Sort   Sort      `json:"sort"`
	Words  string    `json:"words,omitempty"`
	Photo  care.Blob `json:"photo"`
}

// Subject is whose photo it is.
func (in Taken) Subject() care.ID { return in.Person }

// Check asks for a person, a photo and what it shows.
func (in Taken) Check() error {
	switch {
	case !in.Person.Valid():
		return protocol.Refuse("no-person", "请先选择这是谁的照片").OnField("person")
	case in.Sort.Label() == "":
		return protocol.Refuse("no-sort", "请选择照片里是什么").OnField("sort")
	case len([]rune(in.Words)) > mostWords:
		return protocol.Refuse("long-words", "请写在 200 字以内").OnField("words")
	}
	return in.Photo.Check("photo")
}

const mostWords = 200

// add files a photo. Its record travels behind all others: it is worth nothing
// before its bytes.
func add() care.Action {
	return care.Do(care.Action{
		Name: Add, Title: "存入照片", Roles: []care.Role{care.Doctor}, Place: care.AtStation,
		Purpose: care.ForCare, Lane: protocol.Media, Consent: care.ConsentHealth,
	}, func(d *care.Deed, in Taken) error {
		there, err := care.Exists(d, care.ResidentRef(in.Person))
		if err != nil {
			return err
		}
		if !there {
			return protocol.Refuse("no-such-person", "没有找到这位居民，请先登记").OnField("person").Offer("/identity/register")
		}
		_, err = care.Write(d, protocol.Draft{Ref: Ref(d.NewID()), Subject: in.Person}, &Media{
			Person: in.Person, Site: d.Site(), Sort: in.Sort, Words: strings.TrimSpace(in.Words), Blob: in.Photo,
			By: d.Actor.ID, At: d.Now(), State: Waiting,
		})
		return err
	})
}

// Which is the input of media.hold.
type Which struct {
	Media care.ID `json:"media"`
}

// hold is the county's word that a majority of its nodes has every byte.
func hold() care.Action {
	return care.Do(care.Action{
		Name: Hold, Title: "县中心已收到照片", Roles: []care.Role{care.System}, Place: care.InCounty,
		Purpose: care.ForOperations, Lane: protocol.Administrative,
	}, func(d *care.Deed, in Which) error {
		m, _, err := find(d, in.Media)
		if err != nil || m.State == Held {
			return err
		}
		m.State, m.HeldAt = Held, d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: Ref(in.Media)}, &m)
		return err
	})
}

// Withdraw is the input of media.entered-in-error.
type Withdraw struct {
	Media  care.ID `json:"media"`
	Reason string  `json:"reason"`
}

// Check asks for a reason.
func (in Withdraw) Check() error {
	switch n := len([]rune(strings.TrimSpace(in.Reason))); {
	case n == 0:
		return protocol.Refuse("no-reason", "请写明原因").OnField("reason")
	case n > mostWords:
		return protocol.Refuse("long-reason", "请写在 200 字以内").OnField("reason")
	}
	return nil
}

// withdraw asks for no consent: a photo in the wrong record must go even when
// its person no longer wants anything done.
func withdraw() care.Action {
	return care.Do(care.Action{
		Name: "media.entered-in-error", Title: "照片作废", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Withdraw) error {
		m, _, err := find(d, in.Media)
		if err != nil {
			return err
		}
		if m.Fault != nil {
			return protocol.Refuse("already-error", "这张照片已经作废").Offer("/media/item/" + string(in.Media))
		}
		m.Fault = &Fault{Reason: strings.TrimSpace(in.Reason), By: d.Actor.ID, At: d.Now()}
		_, err = care.Write(d, protocol.Draft{Ref: Ref(in.Media)}, &m)
		return err
	})
}

// find reads a photo's record, and what of it to go by.
func find(r protocol.Reader, id care.ID) (Media, protocol.Record, error) {
	rec, err := r.Get(Ref(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return Media{}, rec, protocol.Refuse("not-found", "没有找到这张照片")
	}
	if err != nil {
		return Media{}, rec, err
	}
	m, err := current(&rec)
	return m, rec, err
}
