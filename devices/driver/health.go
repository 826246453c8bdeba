package driver

import (
	"slices"
	"time"

	"xiangyi/devices/frame"
)

// Condition is the one thing about an instrument that a person must know.
type Condition string

// The conditions.
const (
	Unplugged  Condition = "unplugged"  // its port is not there, or cannot be opened
	Waiting    Condition = "waiting"    // its port is open; it said nothing yet
	Ready      Condition = "ready"      // what it says is understood
	Noisy      Condition = "noisy"      // understood at times
	Unreadable Condition = "unreadable" // bytes come, and none is understood
	Silent     Condition = "silent"     // it used to speak, and does not
)

// Words say to a person what is wrong and what to do.
type Words struct{ ZH, EN string }

var words = map[Condition]Words{
	Unplugged:  {"仪器没有接好，请检查连接线和电源", "The instrument is not connected; check cable and power"},
	Waiting:    {"仪器已接好，还没有读数", "The instrument is connected and has not spoken yet"},
	Ready:      {"仪器正常", "The instrument is ready"},
	Noisy:      {"仪器的信号不好，请把连接线插紧", "The instrument's signal is poor; push the cable in firmly"},
	Unreadable: {"收到的数据读不懂，请核对仪器型号和串口速度", "What it sends is not understood; check its model and speed"},
	Silent:     {"仪器没有反应，请看它是否开机", "The instrument does not answer; see that it is switched on"},
}

// Words returns what to show for a condition.
func (c Condition) Words() Words {
	if w, ok := words[c]; ok {
		return w
	}
	return words[Silent]
}

// faults that instruments report, in the words of who stands beside them.
var faults = map[string]Words{
	"over-pressure":                {"袖带压力过高，请松开袖带重测", "The cuff's pressure was too high; loosen it and measure again"},
	"signal-too-weak-or-cuff-leak": {"信号太弱或袖带漏气，请重新绑好袖带", "The signal is weak or the cuff leaks; put the cuff on again"},
	"weak-signal":                  {"信号太弱，请重新绑好袖带", "The signal is weak; put the cuff on again"},
	"artifact-or-motion":           {"测量时请不要动、不要说话", "Keep still and quiet while it measures"},
	"leak-or-loose-cuff":           {"袖带漏气或太松，请重新绑好", "The cuff leaks or is loose; put it on again"},
	"lower-cuff-leak":              {"袖带漏气，请检查气管", "The cuff leaks; check its hose"},
	"system-leak":                  {"气路漏气，请检查气管和接头", "The air line leaks; check hoses and joints"},
	"out-of-range":                 {"测不出来，请休息五分钟再测", "It could not be measured; rest five minutes and try again"},
	"time-limit":                   {"测量时间太长，请重测", "It took too long; measure again"},
}

// FaultWords are the words of a fault that an instrument reported.
func FaultWords(fault string) Words {
	if w, ok := faults[fault]; ok {
		return w
	}
	return Words{"仪器报告故障，请联系维护人员", "The instrument reports a fault; call maintenance"}
}

// Health is how an instrument stands.
type Health struct {
	Device    string         `json:"device"`
	Model     string         `json:"model"`
	Address   string         `json:"address"`
	Condition Condition      `json:"condition"`
	Since     time.Time      `json:"since"` // of the condition
	Mode      string         `json:"mode"`  // 9600 8N1
	Heard     time.Time      `json:"heard,omitzero"`
	Measured  time.Time      `json:"measured,omitzero"` // the newest measurement
	Read      int            `json:"read"`              // measurements since the start
	Opened    int            `json:"opened"`            // times that the port was opened
	Offset    *time.Duration `json:"offset,omitempty"`  // station's clock minus the instrument's
	Bytes     int64          `json:"bytes"`             // that came
	Pending   int            `json:"pending"`           // of an unfinished frame
	Counts    frame.Counts   `json:"counts"`            // since the port was opened
	Fault     string         `json:"fault,omitempty"`   // that it reported last; a measurement clears it
}

// Faults are what an operator should know, worst first; none when all is well.
func (h Health) Faults() []Words {
	var out []Words
	if !slices.Contains([]Condition{Ready, Waiting}, h.Condition) {
		out = append(out, h.Condition.Words())
	}
	if h.Fault != "" {
		out = append(out, FaultWords(h.Fault))
	}
	if h.Offset != nil && h.Offset.Abs() > wrongClock {
		out = append(out, Words{"仪器的时间不对，请校准", "The instrument's clock is wrong; set it"})
	}
	return out
}

// wrongClock is how far an instrument's clock may be off without a word.
const wrongClock = 2 * time.Minute

// judge says how the line is by what came since the port was opened.
func judge(c frame.Counts, bytes int64) Condition {
	const enough = 64 // bytes before a line can be called unreadable
	switch {
	case c.Frames == 0 && bytes >= enough:
		return Unreadable
	case c.Frames == 0:
		return Waiting
	case c.Damaged > 0 && c.Damaged*20 > c.Frames:
		return Noisy
	}
	return Ready
}
