package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Entry is the input of exam.enter: a spot check typed in by hand. The units
// are those of the form; an empty value was not measured.
type Entry struct {
	Person      care.ID          `json:"person"`
	Systolic    protocol.Decimal `json:"systolic,omitempty"`    // mmHg
	Diastolic   protocol.Decimal `json:"diastolic,omitempty"`   // mmHg
	Pulse       protocol.Decimal `json:"pulse,omitempty"`       // per minute
	Breath      protocol.Decimal `json:"breath,omitempty"`      // per minute
	Temperature protocol.Decimal `json:"temperature,omitempty"` // ℃, axillary
	Oxygen      protocol.Decimal `json:"oxygen,omitempty"`      // %
	Sugar       protocol.Decimal `json:"sugar,omitempty"`       // mmol/L, capillary
	Technique   string           `json:"technique"`
	At          time.Time        `json:"at,omitzero"` // zero is now
}

// Techniques are the ways in which a doctor measures, with their zh-CN names.
var Techniques = []struct{ Code, Label string }{
	{"own-device", "本站仪器，手工抄录"},
	{"auscultation", "水银或表式血压计，听诊"},
	{"counted", "数脉搏、数呼吸"},
	{"told", "居民自测后告知"},
}

// Subject is who was measured.
func (e Entry) Subject() care.ID { return e.Person }

// Check asks for a technique and one value, and refuses what a slip of the
// hand makes: somebody is there to correct it.
func (e Entry) Check() error {
	if !e.Person.Valid() {
		return protocol.Refuse("no-person", "请先选择这是谁的读数").OnField("person")
	}
	ok := false
	for _, t := range Techniques {
		ok = ok || t.Code == e.Technique
	}
	if !ok {
		return protocol.Refuse("no-technique", "请选择是怎么测的").OnField("technique")
	}
	readings := e.readings()
	if len(readings) == 0 {
		return protocol.Refuse("no-value", "请至少填写一项")
	}
	if (e.Systolic == "") != (e.Diastolic == "") {
		return protocol.Refuse("half-pressure", "高压和低压请一起填写").OnField(missing(e.Systolic == "", "systolic", "diastolic"))
	}
	for _, r := range readings {
		if v := valueOf(r.Reading); v.Quality == Invalid {
			return protocol.Refuse("implausible", "这个数不可能，请检查有没有写错").OnField(r.field)
		}
	}
	values := valuesOf(readings)
	cross(values)
	for _, v := range values {
		if v.Quality == Invalid {
			return protocol.Refuse("diastolic-above-systolic", "低压不能比高压高，请检查有没有写反").OnField("diastolic")
		}
	}
	return nil
}

func missing(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

type typed struct {
	Reading
	field string
}

func (e Entry) readings() []typed {
	var out []typed
	for _, r := range []typed{
		{Reading{Code: codeSystolic, Value: e.Systolic, Unit: "mm[Hg]"}, "systolic"},
		{Reading{Code: codeDiastolic, Value: e.Diastolic, Unit: "mm[Hg]"}, "diastolic"},
		{Reading{Code: codePulse, Value: e.Pulse, Unit: "/min"}, "pulse"},
		{Reading{Code: codeBreath, Value: e.Breath, Unit: "/min"}, "breath"},
		{Reading{Code: "8328-7", Value: e.Temperature, Unit: "Cel"}, "temperature"},
		{Reading{Code: codeOxygen, Value: e.Oxygen, Unit: "%"}, "oxygen"},
		{Reading{Code: codeSugar, Value: e.Sugar, Unit: "mmol/L"}, "sugar"},
	} {
		if r.Value != "" {
			out = append(out, r)
		}
	}
	return out
}

func valuesOf(readings []typed) []Value {
	var out []Value
	for _, r := range readings {
		out = append(out, valueOf(r.Reading))
	}
	return out
}

func enter() care.Action {
	return care.Do(care.Action{
		Name: "exam.enter", Title: "手工录入读数", Roles: care.Clinicians,
		Purpose: care.ForCare, Lane: protocol.Urgent, Consent: care.ConsentHealth,
	}, func(d *care.Deed, e Entry) error {
		if err := known(d, e.Person); err != nil {
			return err
		}
		now := d.Now()
		o := Observation{
			Person: e.Person, Site: d.Site(), Terminal: d.Actor.Terminal, Method: ByHand, Technique: e.Technique,
			By: d.Actor.ID, ObservedAt: now, Received: now, TimeRule: TimeReceived, Status: Final,
			ClockSuspect: d.Clock().Suspect, Values: valuesOf(e.readings()),
		}
		if !e.At.IsZero() {
			if e.At.After(now) || now.Sub(e.At) > tooOld {
				return protocol.Refuse("bad-time", "测量时间不能晚于现在，也不能早于 30 天前").OnField("at")
			}
			o.ObservedAt, o.TimeRule = e.At, TimeStated
		}
		cross(o.Values)
		return file(d, d.NewID(), &o)
	})
}
