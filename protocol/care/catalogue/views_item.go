package catalogue

import (
	"slices"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// List is a table with a way to add to it.
type List struct {
	Table screen.Table
	Add   *screen.Button
}

func addTo(l *care.Look, label, href string) *screen.Button {
	if l.Actor.Role != care.Operator || l.Site() != county {
		return nil
	}
	return &screen.Button{Label: label, Href: href, Icon: "plus", Look: screen.Primary, Key: "n"}
}

// county is the one site where the catalogue is kept.
const county protocol.Site = "county"

func items() care.View {
	return care.Show(care.View{
		Name: "catalogue.items", Roles: managers, Purpose: care.ForOperations,
	}, func(l *care.Look, _ struct{}) (List, error) {
		found, err := care.Collect[care.Item](l, protocol.Query{Kind: care.KindItem, Index: "all"})
		if err != nil {
			return List{}, err
		}
		t := screen.Table{Caption: "服务事项", Columns: []screen.Column{{Label: "顺序", Numeric: true}, {Label: "名字"}, {Label: "状态"},
			{Label: "版本号", Numeric: true}, {Label: "最近一步"}, {Label: "经手人"}},
			Empty: &screen.Empty{Icon: "list-checks", Title: "还没有服务事项", Text: "请先起草。"}}
		for _, f := range sorted(found) {
			i := &f.Value
			t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{
				{Text: strconv.Itoa(i.Order)}, {Text: i.Title, Href: path(f.Ref.ID), Note: i.Detail}, {Mark: stateMark(i.State)},
				{Text: strconv.Itoa(i.Version)}, {Text: stamp(i)}, {Text: string(i.By)}}})
		}
		return List{t, addTo(l, "起草服务事项", "/catalogue/items/new")}, nil
	})
}

func sorted(found []care.Found[care.Item]) []care.Found[care.Item] {
	slices.SortStableFunc(found, func(a, b care.Found[care.Item]) int { return a.Value.Order - b.Value.Order })
	return found
}

func stamp(i *care.Item) string { return i.At.In(care.Zone).Format("2006-01-02 15:04") }

func stateMark(s care.ItemState) *screen.Mark {
	switch s {
	case care.ItemOnline:
		return &screen.Mark{Kind: screen.Good, Text: "已上线"}
	case care.ItemReview:
		return &screen.Mark{Kind: screen.Calm, Text: "审核中"}
	case care.ItemOffline:
		return &screen.Mark{Kind: screen.Warn, Text: "已下线"}
	}
	return &screen.Mark{Kind: screen.Info, Text: "草稿"}
}

// Form is a form of a page.
type Form struct {
	Action  string
	Hidden  []screen.Hidden
	Fields  []screen.Field
	Choices []screen.Choices
	Submit  screen.Button
}

// ItemPage is one item: what it is, what can be done with it now, and every
// version and step that it went through.
type ItemPage struct {
	ID      care.ID
	Title   string
	Mark    *screen.Mark
	Reason  string
	Edit    *Form           // the author's
	Steps   []screen.Button // that need no reason
	Stop    *Form           // that need one
	Facts   screen.Summary
	History screen.Table
}

// PageTitle implements the host's wish for a better title.
func (p ItemPage) PageTitle() string { return p.Title }

// itemInput takes the fields of the form, so that they are still there after a
// refusal.
type itemInput struct {
	ID     care.ID  `json:"id,omitzero"`
	Title  string   `json:"title,omitzero"`
	Detail string   `json:"detail,omitzero"`
	Needs  []string `json:"needs,omitzero"`
	Owners []string `json:"owners,omitzero"`
	Order  string   `json:"order,omitzero"`
}

func itemNew() care.View {
	return care.Show(care.View{
		Name: "catalogue.item-new", Roles: operators, Purpose: care.ForOperations,
	}, func(l *care.Look, in itemInput) (ItemPage, error) {
		f := in.form()
		f.Fields = append([]screen.Field{{Name: "id", Label: "编号", Hint: "小写字母、数字或短横线，以后不能改", Value: string(in.ID), Width: 12, MaxLength: 16}}, f.Fields...)
		f.Hidden = []screen.Hidden{{Name: "next", Value: "/catalogue/items/{about}"}}
		return ItemPage{Edit: &f}, nil
	})
}

func (in itemInput) form() Form {
	return Form{Action: "/do/catalogue.draft",
		Fields: []screen.Field{
			{Name: "title", Label: "名字", Value: in.Title, Width: 20, MaxLength: 20},
			{Name: "detail", Label: "一句话说明", Value: in.Detail, MaxLength: 40},
			{Name: "order", Label: "顺序", Type: "number", Value: in.Order, Optional: true, Width: 4, MaxLength: 3},
		},
		Choices: []screen.Choices{
			{Name: "needs", Legend: "终端要有的能力", Hint: "没有这些能力的终端不显示", Many: true, Options: options(care.Capabilities, in.Needs, capabilityWord)},
			{Name: "owners", Legend: "哪些终端可以提供", Hint: "都不选表示全部", Many: true, Options: options(care.Owners, in.Owners, ownerWord)},
		},
		Submit: screen.Button{Label: "存为草稿", Look: screen.Primary, Icon: "check", Key: "F2"},
	}
}

func options(known, chosen []string, word func(string) string) []screen.Option {
	var out []screen.Option
	for _, k := range known {
		out = append(out, screen.Option{Value: k, Label: word(k), Checked: slices.Contains(chosen, k)})
	}
	return out
}

func itemPage() care.View {
	return care.Show(care.View{
		Name: "catalogue.item", Roles: managers, Purpose: care.ForOperations,
	}, func(l *care.Look, in Named) (ItemPage, error) {
		i, err := item(l, in.ID)
		if err != nil {
			return ItemPage{}, err
		}
		out := ItemPage{ID: in.ID, Title: i.Title, Mark: stateMark(i.State), Reason: i.Reason}
		out.choose(l.Actor.Role, &i)
		out.Facts.Rows = []screen.SummaryRow{{Key: "编号", Value: string(in.ID)}, {Key: "一句话说明", Value: i.Detail},
			{Key: "版本号", Value: strconv.Itoa(i.Version)}}
		out.History, err = history(l, in.ID)
		return out, err
	})
}

// choose offers what a role can do with an item in its state.
func (p *ItemPage) choose(role care.Role, i *care.Item) {
	here := []screen.Hidden{{Name: "id", Value: string(p.ID)}, {Name: "next", Value: path(p.ID)}}
	button := func(label, action, icon string, look screen.Look) {
		p.Steps = append(p.Steps, screen.Button{Label: label, Action: "/do/catalogue." + action, Icon: icon, Look: look, Fields: here})
	}
	reasoned := func(label, action string, look screen.Look) {
		p.Stop = &Form{Action: "/do/catalogue." + action, Hidden: here, Submit: screen.Button{Label: label, Look: look},
			Fields: []screen.Field{{Name: "reason", Label: "理由", Width: 20, MaxLength: 100}}}
	}
	writes := role == care.Operator
	if writes && (i.State == care.ItemDraft || i.State == care.ItemOffline) {
		f := itemInput{Title: i.Title, Detail: i.Detail, Needs: i.Needs, Owners: i.Owners, Order: strconv.Itoa(i.Order)}.form()
		f.Hidden, p.Edit = here, &f
	}
	switch {
	case writes && i.State == care.ItemDraft:
		button("提交审核", "submit", "send", screen.Primary)
	case writes:
	case i.State == care.ItemReview:
		button("审核通过并上线", "online", "check", screen.Primary)
		reasoned("退回修改", "return", screen.Secondary)
	case i.State == care.ItemOffline:
		button("重新上线", "online", "check", screen.Primary)
	case i.State == care.ItemOnline:
		reasoned("下线", "offline", screen.Danger)
	}
}

func history(r protocol.Reader, id care.ID) (screen.Table, error) {
	heads, err := r.History(care.ItemRef(string(id)))
	t := screen.Table{Caption: "经过", Columns: []screen.Column{{Label: "时间"}, {Label: "版本号", Numeric: true}, {Label: "状态"}, {Label: "理由"}, {Label: "经手人"}}}
	for n := len(heads) - 1; n >= 0; n-- {
		var i care.Item
		if err := protocol.Decode(heads[n].Value, &i); err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{{Text: stamp(&i)}, {Text: strconv.Itoa(i.Version)}, {Mark: stateMark(i.State)},
			{Text: i.Reason}, {Text: string(i.By)}}})
	}
	return t, err
}

func capabilityWord(c string) string {
	switch c {
	case care.CanReadCard:
		return "读身份证"
	case care.CanPrintA4:
		return "打印 A4 报告"
	case care.CanPrintSlip:
		return "打印小票"
	case care.CanMeasure:
		return "测量血压等指标"
	case care.CanConsult:
		return "视频会诊"
	}
	return c
}

func ownerWord(o string) string {
	switch o {
	case care.OwnerGovernment:
		return "政务服务"
	case care.OwnerPrimaryCare:
		return "基层医疗机构"
	case care.OwnerBank:
		return "银行"
	case care.OwnerCarrier:
		return "网络运营商"
	}
	return o
}
