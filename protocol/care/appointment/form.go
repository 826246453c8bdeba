package appointment

import (
	"slices"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindForm is the kind of pre-visit forms.
const KindForm protocol.Kind = "form"

// Form is what a department asks before a visit. ID: short ("internal").
// Changing one makes a new revision; answers say which version they answer.
type Form struct {
	Title     string        `json:"title"`
	Version   int           `json:"version"`
	Reviewed  string        `json:"reviewed"` // date of the last review
	Source    string        `json:"source"`   // where the questions and red flags come from
	Questions []Question    `json:"questions"`
	Rest      protocol.Rest `json:",unknown"`
}

// QuestionType is how a question is answered.
type QuestionType string

// The types of questions.
const (
	YesNo  QuestionType = "yesno"
	Choice QuestionType = "choice"
	Number QuestionType = "number"
	Text   QuestionType = "text"
)

// Question is one thing to ask. Texts are zh-CN and have English in the words.
type Question struct {
	ID       string       `json:"id"`
	Text     string       `json:"text"`
	Hint     string       `json:"hint,omitempty"`
	Type     QuestionType `json:"type"`
	Options  []Option     `json:"options,omitempty"`
	Unit     string       `json:"unit,omitempty"`
	Min      float64      `json:"min,omitzero"` // of a number
	Max      float64      `json:"max,omitzero"`
	Flag     string       `json:"flag,omitempty"` // red flag of a yes: "RF02"
	Above    float64      `json:"above,omitzero"` // a number from here on raises Flag
	Optional bool         `json:"optional,omitzero"`
}

// Option is one answer of a choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Flag  string `json:"flag,omitempty"` // red flag of this answer
}

// FormRef names a form.
func FormRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindForm, ID: id} }

func readForm(r protocol.Reader, id care.ID) (Form, error) {
	f, _, err := find[Form](r, FormRef(id), "no-form", "没有找到这份就诊前问答", "/appointment/mine")
	return f, err
}

// FormInput publishes a form.
type FormInput struct {
	ID   care.ID `json:"id"`
	Form Form    `json:"form"`
}

// maxQuestions keeps a form short: people stand at a kiosk.
const maxQuestions = 10

// Check implements care.Checked.
func (in FormInput) Check() error {
	if !in.ID.Valid() || in.Form.Title == "" || in.Form.Source == "" || in.Form.Reviewed == "" {
		return protocol.Refuse("form-incomplete", "问答要有标题、依据和审核日期")
	}
	if n := len(in.Form.Questions); n < 1 || n > maxQuestions {
		return protocol.Refuse("form-length", "问答应有 1 到 %d 个问题", maxQuestions)
	}
	seen := map[string]bool{}
	for _, q := range in.Form.Questions {
		if q.ID == "" || q.Text == "" || seen[q.ID] || !q.sound() {
			return protocol.Refuse("question-wrong", "有一个问题没有写全")
		}
		seen[q.ID] = true
	}
	return nil
}

// sound reports whether a question can be asked, and its flags be explained.
func (q *Question) sound() bool {
	flags := []string{q.Flag}
	for _, o := range q.Options {
		flags = append(flags, o.Flag)
	}
	for _, f := range flags {
		if _, known := emergencies[f]; f != "" && !known {
			return false
		}
	}
	switch q.Type {
	case YesNo, Text:
		return len(q.Options) == 0
	case Choice:
		return len(q.Options) >= 2
	case Number:
		return q.Max > q.Min
	}
	return false
}

var publishForm = care.Do(care.Action{
	Name: "appointment.publish-form", Title: "发布就诊前问答", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in FormInput) error {
	old, _, err := optional[Form](d, FormRef(in.ID))
	if err != nil {
		return err
	}
	in.Form.Version = old.Version + 1
	_, err = care.Write(d, protocol.Draft{Ref: FormRef(in.ID), Scopes: catalogue}, &in.Form)
	return err
})

// accepts checks an answer, and gives the red flag that it raises, if any.
func (q *Question) accepts(value string) (flag string, err error) {
	wrong := protocol.Refuse("answer-wrong", "请选择或填写一个答案").OnField("value")
	if value == "" && q.Optional {
		return "", nil
	}
	switch q.Type {
	case YesNo:
		if value == "yes" {
			return q.Flag, nil
		}
		if value != "no" {
			return "", wrong
		}
	case Choice:
		i := slices.IndexFunc(q.Options, func(o Option) bool { return o.Value == value })
		if i < 0 {
			return "", wrong
		}
		return q.Options[i].Flag, nil
	case Number:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || n < q.Min || n > q.Max {
			return "", protocol.Refuse("number-wrong", "请填写 %v 到 %v 之间的数字", q.Min, q.Max).OnField("value")
		}
		if q.Above != 0 && n >= q.Above {
			return q.Flag, nil
		}
	case Text:
		if value == "" || len([]rune(value)) > 300 {
			return "", protocol.Refuse("text-wrong", "请简单写几句，不超过 300 字").OnField("value")
		}
	}
	return "", nil
}
