package catalogue

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Terminals is the list of screens: all of them in the portal, this station's
// at its desk.
type Terminals struct {
	Rows []TerminalRow
	None screen.Empty
	Add  *screen.Button
}

// TerminalRow is one screen.
type TerminalRow struct {
	ID        care.ID
	Name      string
	Room      string
	Site      protocol.Site
	Owner     string
	Abilities []string
	Theme     string
	Mark      *screen.Mark
	Href      string // to change it, for whom may
}

func terminals() care.View {
	return care.Show(care.View{
		Name: "catalogue.terminals", Roles: care.Roles(care.Doctor, managers), Purpose: care.ForOperations,
	}, func(l *care.Look, _ struct{}) (Terminals, error) {
		q := protocol.Query{Kind: care.KindTerminal, Index: "site", Match: []string{string(l.Site())}}
		if l.Site() == county {
			q = protocol.Query{Kind: care.KindTerminal, Index: "all"}
		}
		found, err := care.Collect[care.Terminal](l, q)
		out := Terminals{Add: addTo(l, "登记终端", "/catalogue/terminals/new"),
			None: screen.Empty{Icon: "tv", Title: "还没有终端", Text: "请县里的管理员登记。"}}
		for _, f := range found {
			t := &f.Value
			row := TerminalRow{ID: f.Ref.ID, Name: t.Name, Room: t.Room, Site: t.Site, Owner: ownerWord(t.Owner),
				Theme: themeWord(t.Theme), Mark: serviceMark(t.Retired)}
			for _, c := range t.Capabilities {
				row.Abilities = append(row.Abilities, capabilityWord(c))
			}
			if out.Add != nil {
				row.Href = "/catalogue/terminals/" + string(f.Ref.ID)
			}
			out.Rows = append(out.Rows, row)
		}
		return out, err
	})
}

func serviceMark(retired bool) *screen.Mark {
	if retired {
		return &screen.Mark{Kind: screen.Warn, Text: "停止使用"}
	}
	return &screen.Mark{Kind: screen.Good, Text: "使用中"}
}

// FormPage is one form, with what can be done beside it.
type FormPage struct {
	Title string
	Form  Form
	Steps []screen.Button
}

// PageTitle implements the host's wish for a better title.
func (p FormPage) PageTitle() string { return p.Title }

func terminalNew() care.View {
	return care.Show(care.View{
		Name: "catalogue.terminal-new", Roles: operators, Purpose: care.ForOperations,
	}, func(l *care.Look, in terminalTyped) (FormPage, error) {
		f, err := TerminalInput(in).form(l)
		f.Fields = append([]screen.Field{{Name: "id", Label: "编号", Hint: "小写字母、数字或短横线，以后不能改", Value: string(in.ID), Width: 12, MaxLength: 16}}, f.Fields...)
		return FormPage{Form: f}, err
	})
}

// terminalTyped is what was typed so far; a form being filled in is not
// checked.
type terminalTyped TerminalInput

func terminalPage() care.View {
	return care.Show(care.View{
		Name: "catalogue.terminal-page", Roles: operators, Purpose: care.ForOperations,
	}, func(l *care.Look, in Named) (FormPage, error) {
		t, err := terminal(l, in.ID)
		if err != nil {
			return FormPage{}, err
		}
		f, err := TerminalInput{in.ID, t.Name, t.Site, t.Organisation, t.Room, t.Owner, t.Capabilities, t.Theme, t.Disabled}.form(l)
		f.Hidden = append(f.Hidden, screen.Hidden{Name: "id", Value: string(in.ID)})
		to, label := "true", "停用终端"
		if t.Retired {
			to, label = "false", "恢复使用"
		}
		return FormPage{Title: t.Name, Form: f, Steps: []screen.Button{{Label: label, Action: "/do/catalogue.retire", Look: screen.Quiet,
			Fields: []screen.Hidden{{Name: "id", Value: string(in.ID)}, {Name: "retired", Value: to}, {Name: "next", Value: "/catalogue/terminals"}}}}}, err
	})
}

func (in TerminalInput) form(r protocol.Reader) (Form, error) {
	orgs, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
	places, sites := []screen.Option{{Label: "请选择"}}, []screen.Option{{Label: "请选择"}}
	for _, o := range orgs {
		places = append(places, screen.Option{Value: string(o.Ref.ID), Label: o.Value.Name})
		if o.Value.Site != "" {
			sites = append(sites, screen.Option{Value: string(o.Value.Site), Label: o.Value.Name})
		}
	}
	if err != nil {
		return Form{}, err
	}
	items, err := care.Collect[care.Item](r, protocol.Query{Kind: care.KindItem, Index: "all"})
	off := screen.Choices{Name: "disabled", Legend: "这台终端不提供的事项", Many: true}
	for _, i := range sorted(items) {
		id := string(i.Ref.ID)
		off.Options = append(off.Options, screen.Option{Value: id, Label: i.Value.Title, Checked: slices.Contains(in.Disabled, id)})
	}
	return Form{Action: "/do/catalogue.terminal", Hidden: []screen.Hidden{{Name: "next", Value: "/catalogue/terminals"}},
		Fields: []screen.Field{
			{Name: "name", Label: "名字", Value: in.Name, Width: 20, MaxLength: 20},
			{Name: "site", Label: "所属站点", Type: "select", Value: string(in.Site), Options: sites, Width: 20},
			{Name: "organisation", Label: "所在机构", Type: "select", Value: string(in.Organisation), Options: places, Width: 20},
			{Name: "room", Label: "放在哪里", Value: in.Room, Optional: true, Width: 20, MaxLength: 20},
			{Name: "owner", Label: "归属", Type: "select", Value: in.Owner, Options: options(care.Owners, nil, ownerWord), Width: 12},
			{Name: "theme", Label: "界面风格", Type: "select", Value: in.Theme, Options: options(themes(), nil, themeWord), Width: 12},
		},
		Choices: []screen.Choices{{Name: "capabilities", Legend: "终端能力", Many: true, Options: options(care.Capabilities, in.Capabilities, capabilityWord)}, off},
		Submit:  screen.Button{Label: "保存", Look: screen.Primary, Icon: "check", Key: "F2"},
	}, err
}

func themeWord(name string) string {
	switch name {
	case "xiangyi":
		return "乡医风格"
	case "yuezhizhu":
		return "粤智助风格"
	}
	return name
}

func organisations() care.View {
	return care.Show(care.View{
		Name: "catalogue.places", Roles: managers, Purpose: care.ForOperations,
	}, func(l *care.Look, _ struct{}) (List, error) {
		found, err := care.Collect[care.Organisation](l, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
		t := screen.Table{Caption: "机构", Columns: []screen.Column{{Label: "编号"}, {Label: "名字"}, {Label: "类型"}, {Label: "站点"}, {Label: "统一社会信用代码"}, {Label: "地址"}, {Label: "电话"}},
			Empty: &screen.Empty{Icon: "hospital", Title: "还没有机构", Text: "请先登记。"}}
		for _, f := range found {
			o := &f.Value
			row := screen.Row{Cells: []screen.Cell{{Text: string(f.Ref.ID)}, {Text: o.Name}, {Text: typeWord(o.Type)}, {Text: string(o.Site)}, {Text: o.Code}, {Text: o.Address}, {Text: o.Phone}}}
			if l.Actor.Role == care.Operator {
				row.Cells[0].Href = "/catalogue/places/" + string(f.Ref.ID)
			}
			t.Rows = append(t.Rows, row)
		}
		return List{t, addTo(l, "登记机构", "/catalogue/places/new")}, err
	})
}

func organisationNew() care.View {
	return care.Show(care.View{
		Name: "catalogue.place-new", Roles: operators, Purpose: care.ForOperations,
	}, func(l *care.Look, in organisationTyped) (FormPage, error) {
		f := OrganisationInput(in).form()
		f.Fields = append([]screen.Field{{Name: "id", Label: "编号", Hint: "小写字母、数字或短横线，以后不能改", Value: string(in.ID), Width: 12, MaxLength: 16}}, f.Fields...)
		return FormPage{Form: f}, nil
	})
}

type organisationTyped OrganisationInput

func organisationPage() care.View {
	return care.Show(care.View{
		Name: "catalogue.place", Roles: operators, Purpose: care.ForOperations,
	}, func(l *care.Look, in Named) (FormPage, error) {
		o, err := organisation(l, in.ID)
		f := OrganisationInput{in.ID, o.Name, o.Type, o.Code, o.Site, o.Address, o.Phone}.form()
		f.Hidden = append(f.Hidden, screen.Hidden{Name: "id", Value: string(in.ID)})
		return FormPage{Title: o.Name, Form: f}, err
	})
}

func (in OrganisationInput) form() Form {
	return Form{Action: "/do/catalogue.organisation", Hidden: []screen.Hidden{{Name: "next", Value: "/catalogue/places"}},
		Fields: []screen.Field{
			{Name: "name", Label: "名字", Value: in.Name, Width: 20, MaxLength: 40},
			{Name: "type", Label: "类型", Type: "select", Value: in.Type, Options: options(types, nil, typeWord), Width: 12},
			{Name: "site", Label: "站点编号", Hint: "只有卫生站填写，登记后不能改", Value: string(in.Site), Optional: true, Width: 12, MaxLength: 16},
			{Name: "code", Label: "统一社会信用代码", Value: in.Code, Optional: true, Width: 20, MaxLength: 20},
			{Name: "address", Label: "地址", Value: in.Address, Optional: true, MaxLength: 60},
			{Name: "phone", Label: "电话", Value: in.Phone, Optional: true, Width: 20, MaxLength: 20},
		},
		Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check", Key: "F2"},
	}
}

func typeWord(t string) string {
	switch t {
	case TypeCounty:
		return "县级医院"
	case TypeTownship:
		return "乡镇卫生院"
	}
	return "村卫生站"
}
