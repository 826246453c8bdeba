package report

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Again is the page that asks why another copy is needed.
type Again struct {
	Report care.ID
	Title  string
	Why    screen.Choices
	Back   string
}

// pathOf is a report's page for whoever looks.
func pathOf(a protocol.Actor, id care.ID) string {
	if a.Role == care.Resident {
		return "/report/" + string(id)
	}
	return "/report/staff/" + string(id)
}

func again() care.View {
	return care.Show(care.View{Name: "report.reprint", Roles: care.Roles(care.Resident, care.Doctor), Purpose: care.ForPrint, Personal: true},
		func(l *care.Look, in reportInput) (Again, error) {
			r, _, _, err := visible(l, l.Actor, in.Report)
			if err != nil {
				return Again{}, err
			}
			if err := staffNeedConsent(l, r.Person); err != nil {
				return Again{}, err
			}
			l.Saw(r.Person, 1)
			why := screen.Choices{Name: "reason", Legend: "为什么再打一份？"}
			for i, reason := range Reasons {
				why.Options = append(why.Options, screen.Option{Value: reason.Code, Label: reason.Label, Checked: i == 0})
			}
			return Again{Report: in.Report, Title: r.Title, Why: why, Back: pathOf(l.Actor, in.Report)}, nil
		})
}

// Progress is the page of one copy. It stands open, and the host paints it again
// as the printer moves on.
type Progress struct {
	Report care.ID
	Title  string
	Copy   int
	State  PrintState
	Icon   string
	Head   string // zh-CN
	Text   string // zh-CN
	Path   string
	Retry  *screen.Button // what can be done now
}

var progressWords = map[PrintState][3]string{
	PrintWaiting: {"hourglass", "正在排队打印", "请在打印机旁边稍等。"},
	PrintRunning: {"printer", "正在打印", "请不要离开，纸出来后请拿好。"},
	PrintStopped: {"triangle-alert", "打印机停下来了", "不用再点打印，处理好后会接着打。请按“呼叫村医”。"},
	PrintInDoubt: {"eye", "不确定有没有打出来", "请看看打印机，再点“去确认”。"},
	PrintDone:    {"circle-check", "打印好了", "请拿好您的报告，别忘在打印机上。"},
	PrintFailed:  {"circle-alert", "报告没有打印出来", "报告还在，可以再打一次。还不行请按“呼叫村医”。"},
}

// faultWords say what stopped a printer (devices/printer names the faults).
var faultWords = map[string]string{
	"out-of-paper": "打印机没有纸了。村医加纸后会接着打，不用再点打印。",
	"near-end":     "打印机的纸快用完了。",
	"cover-open":   "打印机的盖子没有盖好。请按“呼叫村医”。",
	"jam":          "打印机卡纸了。请按“呼叫村医”。",
	"offline":      "打印机没有连上。请按“呼叫村医”。",
}

type printInput struct {
	Print care.ID `json:"print"`
}

func progress() care.View {
	return care.Show(care.View{Name: "report.printing", Roles: care.Roles(care.Resident, care.Doctor), Purpose: care.ForPrint, Personal: true},
		func(l *care.Look, in printInput) (Progress, error) {
			p, err := copyOf(l, in.Print)
			if err != nil {
				return Progress{}, err
			}
			r, err := version(l, p.Report, p.Version)
			if err != nil {
				return Progress{}, noPrint(err)
			}
			l.Saw(p.Person, 1)
			words := progressWords[p.State]
			out := Progress{
				Report: p.Report, Title: r.Title, Copy: p.Copy, State: p.State,
				Icon: words[0], Head: words[1], Text: words[2], Path: "/report/print/" + string(in.Print),
			}
			if fault, ok := faultWords[p.Fault]; ok {
				out.Text = fault
			}
			switch p.State {
			case PrintFailed:
				b, _ := buttons(p.Report, p.Again)
				out.Retry = &b
			case PrintInDoubt:
				out.Retry = &screen.Button{Label: "去确认", Icon: "eye", Look: screen.Primary, Href: "/printing/print/" + string(in.Print)}
			}
			return out, nil
		})
}

// copyOf reads a copy for whoever may see it.
func copyOf(l *care.Look, id care.ID) (Print, error) {
	p, _, err := care.Read[Print](l, PrintRef(id))
	if err != nil {
		return p, noPrint(err)
	}
	return p, l.Own(p.Person)
}

func noPrint(err error) error {
	if isNotFound(err) {
		return protocol.Refuse("no-print", "没有找到这次报告打印").Offer("/report")
	}
	return err
}

// File is the view from which hosts make paper and files: printing for a copy
// on paper, the web hosts for one that is saved.
const File protocol.ActionName = "report.file"

func paper() care.View {
	return care.Show(care.View{
		Name: File, Roles: care.Roles(care.Resident, care.Clinicians, care.System), Purpose: care.ForPrint, Personal: true,
	}, func(l *care.Look, in printInput) (Paper, error) {
		p, err := copyOf(l, in.Print)
		if err != nil {
			return Paper{}, err
		}
		r, err := version(l, p.Report, p.Version)
		if err != nil {
			return Paper{}, noPrint(err)
		}
		person, _, err := care.Read[care.Person](l, care.ResidentRef(p.Person))
		if err != nil && !isNotFound(err) {
			return Paper{}, err
		}
		l.Saw(p.Person, 1)
		return Document(&person, &r, &p), nil
	})
}
