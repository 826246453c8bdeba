package report

import (
	"errors"
	"math/big"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// TaskCritical is the reason of the task that a critical value opens.
const TaskCritical = "critical"

// Handled says that a doctor dealt with the critical values of one version.
type Handled struct {
	Report  care.ID       `json:"report"`
	Version int64         `json:"version"`
	By      care.ID       `json:"by"`
	At      time.Time     `json:"at"`
	Note    string        `json:"note"` // whom they reached and what they advised
	Rest    protocol.Rest `json:",unknown"`
}

func handledRef(id care.ID, version int64) protocol.Ref {
	return protocol.Ref{Kind: KindHandled, ID: versioned(id, version)}
}

func criticalTask(id care.ID, version int64) care.ID { return "critical-" + versioned(id, version) }

// bounds are critical values that are commonly accepted, for hospitals whose
// messages only say high or low. The hospital's own flag always counts; these
// count where code and unit are exactly these.
var bounds = map[string]struct{ Unit, Below, Above string }{
	"2823-3":  {"mmol/L", "2.8", "6.2"},  // potassium
	"2951-2":  {"mmol/L", "120", "160"},  // sodium
	"14771-0": {"mmol/L", "2.8", "22.2"}, // fasting glucose
	"718-7":   {"g/L", "60", ""},         // haemoglobin
	"777-3":   {"10*9/L", "30", ""},      // platelets
	"6690-2":  {"10*9/L", "1.5", "30"},   // white cells
}

// criticals lists the items that a doctor must hear of first. A report that the
// hospital calls critical as a whole names itself.
func criticals(in *Incoming) []string {
	if !in.Status.issued() {
		return nil
	}
	var out []string
	for i := range in.Items {
		if item := &in.Items[i]; item.told() && (item.Flag.Critical() || beyond(item)) {
			out = append(out, item.Code)
		}
	}
	if in.Critical && len(out) == 0 {
		out = append(out, "*")
	}
	return out
}

func beyond(i *Item) bool {
	b, ok := bounds[i.Code]
	v, isNumber := number(i.Value)
	if !ok || !isNumber || unit(i.Unit) != b.Unit {
		return false
	}
	low, hasLow := number(b.Below)
	high, hasHigh := number(b.Above)
	return hasLow && v.Cmp(low) < 0 || hasHigh && v.Cmp(high) > 0
}

// unit folds the ways in which laboratories write powers of ten into UCUM's.
func unit(u string) string { return powers.Replace(u) }

var powers = strings.NewReplacer("×10^", "10*", "x10^", "10*", "10^", "10*", "×10⁹", "10*9", "10⁹", "10*9", "×10¹²", "10*12", "10¹²", "10*12")

// paperUnit is unitWords for paper, whose font has no raised digits: ×10^9/L.
func paperUnit(u string) string {
	if rest, ok := strings.CutPrefix(unit(u), "10*"); ok {
		return "×10^" + rest
	}
	return u
}

// unitWords is a unit as people write it: "10*9/L" is ×10⁹/L.
func unitWords(u string) string {
	rest, ok := strings.CutPrefix(unit(u), "10*")
	if !ok {
		return u
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	return "×10" + raised.Replace(rest[:digits]) + rest[digits:]
}

var raised = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// number reads a plain decimal; "<5" and "阴性" are none.
func number(text string) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 16 || strings.Trim(text, "0123456789.-") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// alert opens the task for a doctor: of the person's home station and of the
// county. It names no value.
func alert(d *care.Deed, id care.ID, r *Report) error {
	p, _, err := care.Read[care.Person](d, care.ResidentRef(r.Person))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	scopes := []protocol.Scope{protocol.SiteScope(d.Site())}
	if p.Home != "" && p.Home != d.Site() {
		scopes = append(scopes, protocol.SiteScope(p.Home))
	}
	return care.Task{
		Reason: TaskCritical, For: care.Doctor, Site: p.Home, About: Ref(id), Person: r.Person,
		Words: "有一份报告带危急值，请马上联系病人，处理后病人才能看到报告",
	}.Open(d, criticalTask(id, r.Version), scopes...)
}

// Handle is the input of report.handle.
type Handle struct {
	Report  care.ID `json:"report"`
	Version int64   `json:"version"` // which the doctor looked at
	Note    string  `json:"note"`
}

// Check asks for words.
func (in Handle) Check() error { return needWords("note", in.Note) }

func handle() care.Action {
	return care.Do(care.Action{
		Name: "report.handle", Title: "处理危急值", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Clinical,
	}, func(d *care.Deed, in Handle) error {
		r, err := version(d, in.Report, in.Version)
		if isNotFound(err) {
			return noReport()
		}
		if err != nil {
			return err
		}
		if len(r.Critical) == 0 || !r.reviewed() {
			return protocol.Refuse("not-critical", "这份报告没有危急值").Offer("/report/staff/" + string(in.Report))
		}
		done, err := care.Exists(d, handledRef(in.Report, in.Version))
		if err != nil {
			return err
		}
		if done {
			return protocol.Refuse("already-handled", "这份报告的危急值已经有人处理了").Offer("/report/staff/" + string(in.Report))
		}
		h := Handled{Report: in.Report, Version: in.Version, By: d.Actor.ID, At: d.Now(), Note: strings.TrimSpace(in.Note)}
		if _, err := care.Write(d, protocol.Draft{Ref: handledRef(in.Report, in.Version), Subject: r.Person}, &h); err != nil {
			return err
		}
		if err := closeTask(d, criticalTask(in.Report, in.Version), h.Note); err != nil {
			return err
		}
		return announce(d, in.Report, &r)
	})
}

// closeTask finishes a task. One that is not there, or is done, stays as it is.
func closeTask(d *care.Deed, id care.ID, result string) error {
	ref := protocol.Ref{Kind: care.KindTask, ID: id}
	t, _, err := care.Read[care.Task](d, ref)
	if errors.Is(err, protocol.ErrNotFound) || err == nil && t.State == "done" {
		return nil
	}
	if err != nil {
		return err
	}
	t.State, t.Closed, t.By, t.Result = "done", d.Now(), d.Actor.ID, result
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &t)
	return err
}

func needWords(field, text string) error {
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n == 0:
		return protocol.Refuse("no-reason", "请写明原因或处理经过").OnField(field)
	case n > 200:
		return protocol.Refuse("long-reason", "请写在 200 字以内").OnField(field)
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, protocol.ErrNotFound) }
