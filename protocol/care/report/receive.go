package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// Incoming is the input of report.receive: one version of a report, as a
// connector took it out of the hospital's message. The person is named by our
// identifier, by a document, or by both.
type Incoming struct {
	Content
	Person   care.ID       `json:"person,omitempty"`
	Document care.Document `json:"document,omitzero"`
	Name     string        `json:"name"`              // of the patient, as the hospital writes it
	Critical bool          `json:"critical,omitzero"` // the hospital itself called it critical
	Station  protocol.Site `json:"station,omitempty"` // which station asked for it, if one did
}

// Limits of one report. A longer one belongs into a document beside it.
const (
	maxItems = 200
	maxLine  = 200  // bytes of a name, unit or range
	maxValue = 1000 // bytes of a value
	maxText  = 8000 // bytes of a conclusion
)

// Check refuses what cannot be filed.
func (in Incoming) Check() error {
	bad := func(what string) error {
		return protocol.Refuse("bad-report", "报告内容不完整：%s", what)
	}
	switch {
	case in.Source == "" || len(in.Source) > 64 || in.Number == "" || len(in.Number) > maxLine:
		return bad("报告编号")
	case in.Title == "" || len(in.Title) > maxLine || in.Issuer == "" || len(in.Issuer) > maxLine:
		return bad("名称")
	case in.Issued.IsZero() || in.Version < 0:
		return bad("报告时间")
	case in.Status != Preliminary && in.Status != Cancelled && !in.Status.issued():
		return bad("状态")
	case in.Category != Lab && in.Category != Imaging && in.Category != Exam:
		return bad("类别")
	case strings.TrimSpace(in.Name) == "" || len(in.Name) > maxLine:
		return bad("姓名")
	case in.Person == "" && in.Document.Number == "" || in.Person != "" && !in.Person.Valid():
		return bad("证件号")
	case len(in.Items) > maxItems || len(in.Conclusion) > maxText || len(in.Comment) > maxText:
		return bad("篇幅")
	case in.Station != "" && !in.Station.Valid():
		return bad("站点")
	}
	for _, i := range in.Items {
		if i.Code == "" || i.Name == "" || len(i.Code)+len(i.Name)+len(i.Unit)+len(i.Range) > 4*maxLine || len(i.Value) > maxValue {
			return bad("检查项目")
		}
	}
	return nil
}

// version is the given one; where the hospital counts none, the second in
// which the version was issued.
func (in *Incoming) normal() {
	if in.Version == 0 {
		in.Version = in.Issued.Unix()
	}
	in.Name = strings.TrimSpace(in.Name)
}

// Key is the idempotency key of a version, at most 64 bytes.
func (in Incoming) Key() string {
	in.normal()
	d := seal.Sum([]byte(in.Source), []byte{0}, []byte(in.Number), []byte{0}, []byte(strconv.FormatInt(in.Version, 10)))
	return "report:" + d.String()[:48]
}

// Receive is the action that connectors run for each version of a report.
const Receive protocol.ActionName = "report.receive"

func receive() care.Action {
	return care.Do(care.Action{
		Name: Receive, Title: "收到医院报告", Roles: []care.Role{care.System},
		Purpose: care.ForCare, Lane: protocol.Clinical, Place: care.InCounty,
	}, func(d *care.Deed, in Incoming) error {
		in.normal()
		person, why, err := whose(d, &in)
		if err != nil {
			return err
		}
		if why == "" {
			why, err = file(d, &in, person, "")
		}
		if err != nil || why == "" {
			return err
		}
		return hold(d, in, why)
	})
}

// file writes a version into the person's record. A version that is there
// already, or an older one, changes nothing. why is set when a person must look.
func file(d *care.Deed, in *Incoming, person, by care.ID) (why string, err error) {
	id := ReportID(in.Source, in.Number)
	r, err := build(d, in, person, by)
	if err != nil {
		return "", err
	}
	rec, err := d.Get(Ref(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return "", write(d, id, r)
	}
	if err != nil {
		return "", err
	}
	was, err := newest(&rec)
	switch {
	case err != nil:
		return "", err
	case was.Person != person:
		return heldOther, nil
	case in.Version < was.Version, in.Version == was.Version && r.Digest == was.Digest:
		return "", nil
	case in.Version == was.Version:
		return heldDiffers, nil
	}
	return "", replace(d, id, r, &was, &rec)
}

// replace puts a newer version over an older one. What the older one still
// asked of a doctor is over: the newer one asks for itself.
func replace(d *care.Deed, id care.ID, r, was *Report, rec *protocol.Record) error {
	_, sight, err := look(d, rec)
	if err != nil {
		return err
	}
	if err := write(d, id, r); err != nil {
		return err
	}
	if err := closeTask(d, criticalTask(id, was.Version), "superseded"); err != nil {
		return err
	}
	if r.Status == Cancelled && sight != Hidden {
		return tell(d, id, r, "withdrawn", "您的一份检查报告已被医院撤回。")
	}
	return nil
}

func build(d *care.Deed, in *Incoming, person, by care.ID) (*Report, error) {
	sum, err := digest(person, &in.Content)
	if err != nil {
		return nil, fmt.Errorf("digest report: %w", err)
	}
	return &Report{
		Person: person, Content: in.Content, Critical: criticals(in),
		Code: codeOf(sum), Digest: sum.String(), Received: d.Now(), Attached: by,
	}, nil
}

// write stores a version, what its code stands for, and tells whom it concerns.
func write(d *care.Deed, id care.ID, r *Report) error {
	if _, err := care.Write(d, protocol.Draft{Ref: Ref(id), Subject: r.Person}, r); err != nil {
		return err
	}
	code := Code{Report: id, Version: r.Version, Digest: r.Digest}
	if _, err := care.Write(d, protocol.Draft{Ref: codeRef(r.Code), Subject: r.Person}, &code); err != nil {
		return err
	}
	switch {
	case !r.reviewed():
		return nil
	case len(r.Critical) > 0:
		return alert(d, id, r)
	}
	return announce(d, id, r)
}

// announce tells the person that there is something to read, and nothing of it.
func announce(d *care.Deed, id care.ID, r *Report) error {
	if r.Status.changed() {
		return tell(d, id, r, "ready", "您的一份检查报告有更正，请重新查看。")
	}
	return tell(d, id, r, "ready", "您有一份新的检查报告，可以查看了。")
}

func tell(d *care.Deed, id care.ID, r *Report, reason, text string) error {
	there, err := care.Exists(d, care.ResidentRef(r.Person))
	if err != nil || !there {
		return err
	}
	return care.Notify(d, care.Notice{
		Person: r.Person, About: Ref(id), Reason: reason + "-" + strconv.FormatInt(r.Version, 10), Text: text, Path: "/report/" + string(id),
	})
}

// Code is what a code on paper stands for. ID: the code.
type Code struct {
	Report  care.ID       `json:"report"`
	Version int64         `json:"version"`
	Digest  string        `json:"digest"`
	Rest    protocol.Rest `json:",unknown"`
}

func codeRef(code string) protocol.Ref { return protocol.Ref{Kind: KindCode, ID: care.ID(code)} }
