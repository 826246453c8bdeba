package printing

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Mine is the page that shows how a sheet of paper gets on.
type Mine struct {
	Said
	Paper   string // what is printed: 预约凭条
	Copy    int
	Buttons []screen.Button
}

type mineInput struct {
	Kind protocol.Kind `json:"kind"`
	ID   care.ID       `json:"id"`
}

// Path is the page about the newest job of a record: where a form that asks for
// paper leads.
func Path(about protocol.Ref) string {
	return "/printing/" + string(about.Kind) + "/" + string(about.ID)
}

// preparing is shown between the wish and the job: a moment.
var preparing = Said{screen.Calm, "hourglass", "正在准备打印", "马上就好；如果一直没有动静，请叫村医"}

func mine() care.View {
	return care.Show(care.View{
		Name: "printing.mine", Purpose: care.ForPrint, Personal: true,
		Roles: []care.Role{care.Resident, care.Doctor},
	}, func(l *care.Look, in mineInput) (Mine, error) {
		about := protocol.Ref{Kind: in.Kind, ID: in.ID}
		id, j, found, err := NewestAbout(l, about)
		if err != nil {
			return Mine{}, err
		}
		if !found {
			return Mine{Said: preparing}, nil
		}
		if err := l.Own(j.Person); err != nil {
			return Mine{}, err
		}
		l.Saw(j.Person, 1)
		page := Mine{Said: j.says(), Paper: papers[j.What], Copy: j.Copy}
		page.Buttons = forResident(&j, string(id), Path(about))
		return page, nil
	})
}

func forResident(j *Job, id, here string) []screen.Button {
	var out []screen.Button
	if j.State == InDoubt {
		out = append(out, button("纸已经出来了", "check", "printing.confirm", screen.Secondary, id, here))
	}
	if j.Retriable() && (j.What == Slip || j.Sent.IsZero()) {
		out = append(out, button("再打一张", "printer", "printing.retry", screen.Primary, id, here))
	}
	if j.State.Open() && j.Cancellable() {
		out = append(out, button("不打了", "x", "printing.cancel", screen.Quiet, id, here))
	}
	return out
}
