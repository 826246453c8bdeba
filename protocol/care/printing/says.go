package printing

import "xiangyi/protocol/care/screen"

// Said is a job's state in the words of the person who waits for the paper.
type Said struct {
	Kind  screen.Kind
	Icon  string
	Title string
	Text  string
}

var states = map[State]Said{
	Queued:         {screen.Calm, "hourglass", "等待打印", "前面还有别的文件，请稍等"},
	Printing:       {screen.Calm, "printer", "正在打印", "请在打印机旁稍等"},
	WaitingPaper:   {screen.Warn, "triangle-alert", "缺纸，请叫村医", "装好纸后会接着打印，不用再点"},
	WaitingPrinter: {screen.Warn, "triangle-alert", "打印机需要处理，请叫村医", "处理好以后会接着打印，不用再点"},
	Printed:        {screen.Good, "circle-check", "已打印", "请取走您的纸，不要留在打印机上"},
	InDoubt:        {screen.Warn, "eye", "不确定，请看打印机", "纸没有出来的话，请点“再打一张”"},
	Failed:         {screen.Warn, "triangle-alert", "没有打印出来", "请再试一次，或请村医帮忙"},
	Cancelled:      {screen.Info, "circle-x", "已取消打印", "需要时可以重新打印"},
}

// reasons are what stands behind a state. Those of a printer have the names
// that its drivers give to its conditions.
var reasons = map[Why]string{
	"out-of-paper":  "打印机没纸了，装好纸后会接着打印",
	"cover-open":    "打印机的盖子没有盖好，请合上",
	"jam":           "打印机卡纸了，请打开盖子把纸取出",
	"no-toner":      "打印机的墨粉用完了，请更换",
	"needs-service": "打印机出了故障，请联系维护人员",
	"busy":          "打印机正忙，稍等会自动再试",
	"offline":       "打印机没有开机或没有接好，请检查电源和连线",
	"unknown":       "打印机没有回答，请看一眼纸有没有出来",
	NoPrinter:       "这个村站没有能打印它的打印机",
	NoDocument:      "这份文件现在不能打印，请稍后再看",
	TooLate:         "等得太久，没有再打印，免得纸留在打印机上没人取",
	NotTaken:        "打印机几次都没有接受，请联系维护人员",
	Aborted:         "在打印机上被取消了",
	Interrupted:     "打印到一半时机器停过一次",
	Silent:          "打印机没有说有没有打完",
	Forgotten:       "打印机已经不记得这份文件",
}

var papers = map[What]string{Slip: "预约凭条", Report: "检查检验报告"}

// says puts a job into words.
func (j *Job) says() Said {
	s, ok := states[j.State]
	if !ok {
		s = states[InDoubt]
	}
	// Of a doubt, what to do is more than why; out of paper says both already.
	if text := reasons[j.Why]; text != "" && (j.State == WaitingPrinter || j.State == Failed) {
		s.Text = text
	}
	if j.State == WaitingPrinter && j.Why == "busy" {
		s.Kind, s.Icon, s.Title = screen.Calm, "hourglass", "打印机正忙"
	}
	return s
}

// marks are the states for the doctor, who is the one to be called.
var marks = map[State]string{
	Queued: "等待打印", Printing: "正在打印", WaitingPaper: "缺纸", WaitingPrinter: "等打印机", Printed: "已打印",
	InDoubt: "不确定打没打出来", Failed: "没有打印出来", Cancelled: "已取消打印",
}

func (j *Job) mark() screen.Mark {
	s := j.says()
	return screen.Mark{Kind: s.Kind, Icon: s.Icon, Text: marks[j.State]}
}

// button is one thing to do about a job; next is where it leads. It says so
// itself, because a live part is sent without the page around it.
func button(label, icon, action string, look screen.Look, id, next string) screen.Button {
	return screen.Button{Label: label, Icon: icon, Action: "/do/" + action, Look: look, Fields: []screen.Hidden{
		{Name: "job", Value: id}, {Name: "next", Value: next},
	}}
}
