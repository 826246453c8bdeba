package exam

import (
	"math/big"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// RuleSet names the ranges of this file. It is stored with what they judged.
const RuleSet = "vitals/2026-11"

// limits is what a value is compared with. The alarm bounds come from the red
// flags of primary care:
//
//	RF03 oxygen below 90 % (adult), below 92 % (child)
//	RF09 infant under 3 months with 38.0 ℃
//	RF13 180/110 mmHg or more   (国家基本公共卫生服务规范 第三版: 紧急转诊)
//	RF14 glucose 16.7 mmol/L or more, 3.9 or less (the same)
//	RF15 systolic below 90; pulse below 50 or above 120; respiration below 10
//	     or above 30; 39.5 ℃ or more, below 35 ℃
//
// The usual ranges of adults: blood pressure 国家基层高血压防治管理指南
// (140/90 and more is high); pulse, respiration and axillary temperature as
// nursing textbooks give them; oxygen from 95 %.
type limits struct {
	Low, High  string // usual, both ends included; empty: nothing is called usual
	Least      bound  // alarm below
	Most       bound  // alarm above
	Decimals   bool   // High is a bound of whole numbers: 139.5 still belongs to it
	LowAlarm   string // red-flag rule of Least
	HighAlarm  string // red-flag rule of Most
	alarmsOnly bool
}

// bound is an alarm limit; Itself tells whether the limit itself alarms.
type bound struct {
	At     string
	Itself bool
}

func (b bound) below(v *big.Rat) bool { return b.At != "" && b.hit(v.Cmp(rational(b.At))) }
func (b bound) above(v *big.Rat) bool { return b.At != "" && b.hit(-v.Cmp(rational(b.At))) }
func (b bound) hit(cmp int) bool      { return cmp < 0 || cmp == 0 && b.Itself }

var adult = map[string]limits{
	codeSystolic:  {Low: "90", High: "139", Decimals: true, Least: bound{At: "90"}, LowAlarm: "RF15", Most: bound{"180", true}, HighAlarm: "RF13"},
	codeDiastolic: {Low: "60", High: "89", Decimals: true, Most: bound{"110", true}, HighAlarm: "RF13"},
	codePulse:     {Low: "60", High: "100", Least: bound{At: "50"}, LowAlarm: "RF15", Most: bound{At: "120"}, HighAlarm: "RF15"},
	codeBreath:    {Low: "12", High: "20", Least: bound{At: "10"}, LowAlarm: "RF15", Most: bound{At: "30"}, HighAlarm: "RF15"},
	codeOxygen:    {Low: "95", High: "100", Least: bound{At: "90"}, LowAlarm: "RF03"},
	codeSugar:     {Low: "4.0", High: "11.0", Least: bound{"3.9", true}, LowAlarm: "RF14", Most: bound{"16.7", true}, HighAlarm: "RF14"},
}

// warmth holds for every age and every place that temperature is taken at.
var warmth = limits{Low: "36.0", High: "37.2", Least: bound{At: "35"}, LowAlarm: "RF15", Most: bound{"39.5", true}, HighAlarm: "RF15"}

// child is for people under 14. What is usual for them changes from year to
// year, so nothing is called usual or unusual: the village doctor looks. Only
// what is dangerous at any age alarms: pulse below 60 or above 180 (paediatric
// life support), respiration above 60 (integrated management of childhood
// illness) or below 10.
var child = map[string]limits{
	codePulse:  {Least: bound{At: "60"}, LowAlarm: "RF15", Most: bound{At: "180"}, HighAlarm: "RF15", alarmsOnly: true},
	codeBreath: {Least: bound{At: "10"}, LowAlarm: "RF15", Most: bound{At: "60"}, HighAlarm: "RF15", alarmsOnly: true},
	codeOxygen: {Low: "95", High: "100", Least: bound{At: "92"}, LowAlarm: "RF03"},
}

const (
	childUntil  = 14                  // years
	infantUntil = 91 * 24 * time.Hour // three months
)

// limitsFor gives what a code is compared with at an age; false: with nothing.
func limitsFor(code string, p *care.Person, at time.Time) (limits, bool) {
	young, infant := age(p, at)
	if measures[code].What == Temperature {
		l := warmth
		if infant {
			l.Most, l.HighAlarm = bound{"38.0", true}, "RF09"
		}
		return l, true
	}
	table := adult
	if young {
		table = child
	}
	l, ok := table[code]
	return l, ok
}

// age tells children and infants. Somebody whose birth date is unknown is
// judged as an adult.
func age(p *care.Person, at time.Time) (young, infant bool) {
	if p == nil {
		return false, false
	}
	birth, err := time.ParseInLocation(time.DateOnly, p.Birth, care.Zone)
	if err != nil || birth.After(at) {
		return false, false
	}
	return p.Age(at) < childUntil, at.Sub(birth) < infantUntil
}

// judge sets flag and range of a value, and names the red flag that it meets.
func (l *limits) judge(v *Value) (alarm string) {
	x, ok := number(v.Value)
	if !ok {
		return ""
	}
	if l.Low != "" {
		v.Range = &Range{protocol.Decimal(l.Low), protocol.Decimal(l.High)}
	}
	switch {
	case l.Least.below(x):
		v.Flag, alarm = VeryLow, l.LowAlarm
	case l.Most.above(x):
		v.Flag, alarm = VeryHigh, l.HighAlarm
	case l.alarmsOnly:
	case x.Cmp(rational(l.Low)) < 0:
		v.Flag = Low
	case x.Cmp(l.top()) >= 0:
		v.Flag = High
	default:
		v.Flag = Normal
	}
	return alarm
}

// top is the first value above the usual ones.
func (l *limits) top() *big.Rat {
	high := rational(l.High)
	step := "0.000001" // finer than any reading
	if l.Decimals {
		step = "1"
	}
	return high.Add(high, rational(step))
}
