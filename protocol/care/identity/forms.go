package identity

import (
	"embed"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Text says one thing in the languages of the screens.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// In gives the text in a language.
func (t Text) In(lang screen.Lang) string {
	if lang == screen.English && t.En != "" {
		return t.En
	}
	return t.Zh
}

// Point is one thing that people are told: what about, and what.
type Point struct {
	Label Text `json:"label"`
	Text  Text `json:"text"`
}

// ConsentForm is what people are shown before they agree, for one purpose. ID:
// the purpose; its history keeps every text that was ever shown.
type ConsentForm struct {
	Purpose  care.ConsentPurpose `json:"purpose"`
	Version  string              `json:"version"` // yyyy-mm-dd
	Title    Text                `json:"title"`
	Lead     Text                `json:"lead"`   // one sentence
	Points   []Point             `json:"points"` // what, why, how long, who sees it, rights
	Refuse   Text                `json:"refuse"` // what stays possible without it
	Stops    []Text              `json:"stops"`  // what stops when it is taken back
	Stays    []Text              `json:"stays"`  // what the law keeps even then
	Source   string              `json:"source"` // which rules it follows
	Reviewed string              `json:"reviewed"`
	Review   string              `json:"review"` // when it is to be read again
	Rest     protocol.Rest       `json:",unknown"`
}

// purposes lists what is asked, in this order, one at a time.
var purposes = []care.ConsentPurpose{care.ConsentBasic, care.ConsentHealth, care.ConsentNotice}

//go:embed forms/*.json
var formFiles embed.FS

// shipped are the texts that this software was released with. They are asked
// until the county publishes its own, and by a station that never had a line.
var shipped = func() map[care.ConsentPurpose]ConsentForm {
	out := map[care.ConsentPurpose]ConsentForm{}
	for _, p := range purposes {
		raw, err := formFiles.ReadFile("forms/" + string(p) + ".json")
		if err != nil {
			panic(err) // the program was built without its texts
		}
		var f ConsentForm
		if err := protocol.Decode(raw, &f); err != nil || f.Purpose != p {
			panic(fmt.Sprintf("consent form %s: %v", p, err))
		}
		out[p] = f
	}
	return out
}()

func formRef(p care.ConsentPurpose) protocol.Ref {
	return protocol.Ref{Kind: KindConsentForm, ID: care.ID(p)}
}

// currentForm gives the text to show now.
func currentForm(r protocol.Reader, p care.ConsentPurpose) (ConsentForm, error) {
	form, known := shipped[p]
	if !known {
		return form, protocol.Refuse("no-such-purpose", "没有这份告知书").Offer("/identity/consent")
	}
	published, _, err := care.Read[ConsentForm](r, formRef(p))
	if errors.Is(err, protocol.ErrNotFound) {
		return form, nil
	}
	return published, err
}

// FormShown finds the text of a version that somebody once agreed to.
func FormShown(r protocol.Reader, p care.ConsentPurpose, version string) (ConsentForm, bool, error) {
	heads, err := r.History(formRef(p))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return ConsentForm{}, false, err
	}
	for _, h := range heads {
		var f ConsentForm
		if err := protocol.Decode(h.Value, &f); err != nil {
			return f, false, err
		}
		if f.Version == version {
			return f, true, nil
		}
	}
	f := shipped[p]
	return f, f.Version == version && version != "", nil
}

// Check implements care.Checked.
func (f ConsentForm) Check() error {
	if f.Version == "" || f.Title.Zh == "" || f.Lead.Zh == "" || len(f.Points) == 0 || f.Refuse.Zh == "" || len(f.Stops) == 0 {
		return protocol.Refuse("form-incomplete", "告知书缺少内容：要有版本、标题、要点、不同意时怎样、撤回后怎样")
	}
	return nil
}

// publishForm puts a text before everybody. The version must be new, so that a
// consent always names one text.
func publishForm() care.Action {
	return care.Do(care.Action{
		Name: "identity.publish-form", Title: "发布告知书", Roles: care.Roles(care.Supervisor, care.System),
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in ConsentForm) error {
		was, err := currentForm(d, in.Purpose)
		if err != nil {
			return err
		}
		there, err := care.Exists(d, formRef(in.Purpose))
		if err != nil {
			return err
		}
		if there && in.Version <= was.Version {
			return protocol.Refuse("version-old", "版本号要比现在的新").OnField("version")
		}
		_, err = care.Write(d, protocol.Draft{Ref: formRef(in.Purpose), Scopes: []protocol.Scope{protocol.CatalogueScope}}, &in)
		return err
	})
}
