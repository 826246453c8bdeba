package identity

import (
	"errors"
	"slices"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// StaffList is everybody who works here.
type StaffList struct {
	Table screen.Table
	Can   bool // may enrol somebody
}

func staffList() care.View {
	return care.Show(care.View{
		Name: "identity.staff", Roles: care.Roles(care.Operator, care.Security, care.Auditor, care.Supervisor), Purpose: care.ForOperations,
	}, func(l *care.Look, in pageInput) (StaffList, error) {
		found, err := care.Collect[care.StaffMember](l, protocol.Query{Kind: care.KindStaff, Index: "all"})
		if err != nil {
			return StaffList{}, err
		}
		page, pager := screen.Window(found, rowsShown, in.Page, pagePath("/identity/staff"))
		t := screen.Table{Caption: "工作人员", Pager: pager, Columns: []screen.Column{
			{Label: "工号"}, {Label: "姓名"}, {Label: "身份"}, {Label: "机构"}, {Label: "职称"}, {Label: "登录名"}, {Label: "账号"}},
			Empty: &screen.Empty{Icon: "users", Title: "还没有工作人员", Text: "请先新增。"}}
		for _, f := range page {
			s := &f.Value
			place, err := placeName(l, s.Organisation)
			if err != nil {
				return StaffList{}, err
			}
			number := screen.Cell{Text: string(f.Ref.ID)}
			if keepsAccounts(l.Actor.Role) {
				number.Href = "/identity/staff/" + string(f.Ref.ID)
			}
			row := []screen.Cell{number, {Text: s.Name}, {},
				{Text: place}, {Text: labelOf(titles, s.Title)}, {Text: s.Login}, {Mark: accountMark(s)}}
			t.Rows = append(t.Rows, screen.Row{Cells: withRoles(row, s.Roles)})
		}
		return StaffList{t, l.Actor.Role == care.Operator}, nil
	})
}

// keepsAccounts tells the two who share an account's page: the operator has its
// work and password, the security officer its roles and whether it is open.
func keepsAccounts(r care.Role) bool { return r == care.Operator || r == care.Security }

// withRoles puts up to three roles into the third cell, each a word of its own
// so that each is translated.
func withRoles(row []screen.Cell, roles []care.Role) []screen.Cell {
	for i, r := range roles {
		switch i {
		case 0:
			row[2].Text = RoleWord(r)
		case 1:
			row[2].Note = RoleWord(r)
		case 2:
			row[2].Mark = &screen.Mark{Kind: screen.Info, Text: RoleWord(r)}
		}
	}
	return row
}

func accountMark(s *care.StaffMember) *screen.Mark {
	if len(s.Roles) == 0 {
		return &screen.Mark{Kind: screen.Calm, Text: "等安全管理员分配身份"}
	}
	if s.Suspended {
		return &screen.Mark{Kind: screen.Warn, Text: "已停用"}
	}
	return &screen.Mark{Kind: screen.Good, Text: "可以登录"}
}

func placeName(r protocol.Reader, id care.ID) (string, error) {
	if !id.Valid() {
		return "", nil
	}
	o, _, err := care.Read[care.Organisation](r, care.OrganisationRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return string(id), nil
	}
	return o.Name, err
}

// titles are the professional titles of GB/T 8561 that occur here.
var titles = []struct{ code, label string }{
	{"231", "主任医师"}, {"232", "副主任医师"}, {"233", "主治医师"}, {"234", "医师"}, {"235", "医士"},
	{"241", "主任药师"}, {"242", "副主任药师"}, {"243", "主管药师"}, {"244", "药师"}, {"245", "药士"},
	{"251", "主任护师"}, {"252", "副主任护师"}, {"253", "主管护师"}, {"254", "护师"}, {"255", "护士"},
}

// StaffPage is one member's account, or with an empty ID a new one.
type StaffPage struct {
	ID      care.ID
	Name    string
	Work    *Form // the operator's
	Rights  *Form // the security officer's
	Mark    *screen.Mark
	Close   *Form
	Reset   *Form
	Buttons []screen.Button
}

// Forms are those of them that the looker has.
func (p StaffPage) Forms() []*Form {
	return slices.DeleteFunc([]*Form{p.Work, p.Rights}, func(f *Form) bool { return f == nil })
}

// PageTitle implements the host's wish for a better title.
func (p StaffPage) PageTitle() string { return p.Name }

type staffInput struct {
	ID           care.ID `json:"id,omitzero"`
	Name         string  `json:"name,omitzero"`
	Organisation care.ID `json:"organisation,omitzero"`
	Department   care.ID `json:"department,omitzero"`
	Title        string  `json:"title,omitzero"`
	Expertise    string  `json:"expertise,omitzero"`
	Profile      string  `json:"profile,omitzero"`
	Since        string  `json:"since,omitzero"`
	Login        string  `json:"login,omitzero"`
}

func newStaff() care.View {
	return care.Show(care.View{
		Name: "identity.staff-new", Roles: []care.Role{care.Operator}, Purpose: care.ForOperations,
	}, func(l *care.Look, in staffInput) (StaffPage, error) {
		fields, err := in.fields(l)
		fields = append([]screen.Field{
			{Name: "id", Label: "工号", Hint: "小写字母、数字或短横线，以后不能改", Value: string(in.ID), Width: 12, MaxLength: 16},
			{Name: "login", Label: "登录名", Value: in.Login, Width: 12, MaxLength: 16}}, fields...)
		return StaffPage{Work: &Form{
			Action: "/do/identity.enrol-staff", Hidden: []screen.Hidden{{Name: "next", Value: "/identity/staff/{about}"}},
			Fields: append(fields, passwordFields("第一个密码")...),
			Note:   &screen.Notice{Kind: screen.Info, Text: "第一个密码请当面告诉本人，本人第一次登录时要换掉。安全管理员分配身份以后才能登录。"},
			Submit: screen.Button{Label: "新增", Look: screen.Primary, Icon: "user-plus", Key: "F2"},
		}}, err
	})
}

func (in staffInput) fields(r protocol.Reader) ([]screen.Field, error) {
	orgs, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
	places := []screen.Option{{Label: "请选择"}}
	for _, o := range orgs {
		places = append(places, screen.Option{Value: string(o.Ref.ID), Label: o.Value.Name})
	}
	return []screen.Field{
		{Name: "name", Label: "姓名", Value: in.Name, Width: 20, MaxLength: 50},
		{Name: "organisation", Label: "所在机构", Type: "select", Value: string(in.Organisation), Options: places, Width: 20},
		{Name: "department", Label: "科室编号", Hint: "出诊的医生要填，和排班里的科室编号一致", Value: string(in.Department), Optional: true, Width: 12, MaxLength: 40},
		{Name: "title", Label: "职称", Type: "select", Value: in.Title, Options: append([]screen.Option{{Label: "请选择"}}, optionsOf(titles)...), Optional: true, Width: 12},
		{Name: "since", Label: "开始执业的年份", Type: "number", Value: in.Since, Optional: true, Width: 8, MaxLength: 4},
		{Name: "expertise", Label: "擅长", Value: in.Expertise, Optional: true, MaxLength: 100},
		{Name: "profile", Label: "简介", Type: "textarea", Value: in.Profile, Optional: true, MaxLength: 500},
	}, err
}

func roleChoices(have []care.Role) []screen.Choices {
	return []screen.Choices{{Name: "roles", Legend: "身份", Hint: "三种管理员各自独立，不能同时有其他身份", Many: true, Options: roleOptions(have)}}
}

type staffID struct {
	ID care.ID `json:"id"`
}

func staffPage() care.View {
	return care.Show(care.View{
		Name: "identity.staff-page", Roles: care.Roles(care.Operator, care.Security), Purpose: care.ForOperations,
	}, func(l *care.Look, in staffID) (StaffPage, error) {
		s, _, err := care.Read[care.StaffMember](l, care.StaffRef(in.ID))
		if errors.Is(err, protocol.ErrNotFound) {
			return StaffPage{}, protocol.Refuse("no-such-staff", "没有这位工作人员").Offer("/identity/staff")
		}
		if err != nil {
			return StaffPage{}, err
		}
		out := StaffPage{ID: in.ID, Name: s.Name, Mark: accountMark(&s)}
		here := []screen.Hidden{{Name: "id", Value: string(in.ID)}, {Name: "next", Value: "/identity/staff/" + string(in.ID)}}
		if l.Actor.Role == care.Security {
			out.rights(&s, here)
			return out, nil
		}
		return out, out.work(l, &s, here)
	})
}

// work is the operator's part of the page.
func (p *StaffPage) work(r protocol.Reader, s *care.StaffMember, here []screen.Hidden) error {
	typed := staffInput{ID: p.ID, Name: s.Name, Organisation: s.Organisation, Department: s.Department, Title: s.Title,
		Expertise: s.Expertise, Profile: s.Profile}
	if s.Since > 0 {
		typed.Since = strconv.Itoa(s.Since)
	}
	fields, err := typed.fields(r)
	p.Work = &Form{Action: "/do/identity.edit-staff", Hidden: here, Fields: fields,
		Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check", Key: "F2"}}
	p.Reset = &Form{Action: "/do/identity.reset-password", Hidden: here, Fields: passwordFields("新的第一个密码"), Submit: screen.Button{Label: "重设密码"}}
	if apart(s.Roles) {
		p.Reset.Note = &screen.Notice{Kind: screen.Info, Text: "管理员的密码重设以后，账号先停用，由安全管理员核对本人后恢复。"}
	}
	return err
}

// rights is the security officer's part: roles, stopping an account, forgetting
// wrong tries.
func (p *StaffPage) rights(s *care.StaffMember, here []screen.Hidden) {
	p.Rights = &Form{Action: "/do/identity.assign-roles", Hidden: here, Choices: roleChoices(s.Roles),
		Submit: screen.Button{Label: "保存身份", Look: screen.Primary, Icon: "check", Key: "F2"}}
	to, label := "true", "停用账号"
	if s.Suspended {
		to, label = "false", "恢复账号"
	}
	p.Close = &Form{Action: "/do/identity.suspend-staff", Hidden: append(here[:2:2], screen.Hidden{Name: "suspend", Value: to}),
		Fields: []screen.Field{{Name: "reason", Label: "理由", Width: 20, MaxLength: 100}}, Submit: screen.Button{Label: label, Look: screen.Danger}}
	p.Buttons = []screen.Button{{Label: "解除登录锁定", Action: "/do/identity.unlock-staff", Icon: "key-round", Fields: here, Look: screen.Quiet}}
}
