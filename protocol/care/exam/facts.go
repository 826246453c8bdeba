package exam

import (
	"errors"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care/screen"
)

func isNotFound(err error) bool { return errors.Is(err, protocol.ErrNotFound) }

var timeRules = map[TimeRule]string{
	TimeCorrected: "仪器时间，已按钟差修正",
	TimeOfDevice:  "仪器时间",
	TimeReceived:  "收到时间（仪器的钟不准或没有钟）",
	TimeStated:    "录入人填写",
}

var doubts = map[string]string{
	"absent":                   "仪器没有给出数值",
	"not-a-number":             "不是一个数",
	"unknown-code":             "不认识的项目",
	"unknown-unit":             "不认识的单位",
	"implausible":              "数值不可能",
	"instrument":               "仪器自己标为不可靠",
	"diastolic-above-systolic": "低压不低于高压",
	"pulse-pressure":           "高低压相差不到 10",
	"mean-outside":             "平均压不在高低压之间",
	"pulses-differ":            "两个脉搏相差超过 30",
}

// facts is where an observation came from.
func facts(o *Observation) []screen.SummaryRow {
	var out []screen.SummaryRow
	row := func(key, value string) {
		if value != "" {
			out = append(out, screen.SummaryRow{Key: key, Value: value})
		}
	}
	row("站点", string(o.Site))
	row("终端", string(o.Terminal))
	if o.Method == ByHand {
		row("来源", "手工录入")
		for _, t := range Techniques {
			if t.Code == o.Technique {
				row("怎么测的", t.Label)
			}
		}
	} else {
		row("仪器", string(o.Device))
		row("型号", o.Model)
	}
	row("时间依据", timeRules[o.TimeRule])
	if o.OffsetMS != 0 {
		row("钟差", strconv.FormatFloat(float64(o.OffsetMS)/1000, 'f', 1, 64)+" s")
	}
	if o.ClockSuspect {
		row("本站时钟", "当时不可信")
	}
	row("经手人", string(o.By))
	row("判断规则", o.Rules)
	return out
}

// rawRows lists what was converted, and what could not be used and why.
func rawRows(o *Observation) []RawRow {
	var out []RawRow
	for i := range o.Values {
		v := &o.Values[i]
		if v.Raw == nil && v.Doubt == "" {
			continue
		}
		r := RawRow{Name: v.Name(), Kept: string(v.Value), Doubt: doubts[v.Doubt]}
		if v.Raw != nil {
			r.Raw, r.Unit = string(v.Raw.Value), v.Raw.Unit
		}
		out = append(out, r)
	}
	return out
}
