package exam

import (
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Parts of pages that stand where there is nothing to show.

// None stands where nothing was measured yet.
func (Mine) None() screen.Empty {
	return screen.Empty{
		Icon: "heart-pulse", Title: "还没有测量记录", Text: "测过以后，这里会显示最近一次的结果。",
		Action: &screen.Button{Label: "去测量", Href: "/exam", Look: screen.Primary},
	}
}

// None stands where the thing was not measured yet.
func (History) None() screen.Empty {
	return screen.Empty{Icon: "chart-line", Title: "还没有这一项的记录"}
}

// None stands where the list is empty.
func (Readings) None() screen.Empty {
	return screen.Empty{Icon: "heart-pulse", Title: "还没有测量读数"}
}

// Filter is the portal's choice of a station.
func (r Readings) Filter() screen.Field {
	return screen.Field{Name: "site", Label: "站点", Hint: "不填就是全部", Value: string(r.Site), Type: "text", Width: 10, MaxLength: 24, Optional: true}
}

// None stands where the person was not measured yet.
func (PersonPage) None() screen.Empty {
	return screen.Empty{Icon: "heart-pulse", Title: "还没有测量记录"}
}

// None stands where every reading has its person.
func (HeldList) None() screen.Empty {
	return screen.Empty{Icon: "check-check", Title: "所有读数都对上了人"}
}

// Nobody stands where a search found no one.
func (AssignPage) Nobody() screen.Empty { return nobody() }

// Nobody stands where a search found no one.
func (ReadingPage) Nobody() screen.Empty { return nobody() }

func nobody() screen.Empty {
	return screen.Empty{
		Icon: "search", Title: "没有找到这个人", Text: "换一种写法再找，或先登记。",
		Action: &screen.Button{Label: "登记居民", Href: "/identity/register"},
	}
}

// Source is where the reading came from.
func (p ReadingPage) Source() screen.Summary { return screen.Summary{Title: "来源", Rows: p.Facts} }

// To leads to the observation that stands in this one's place, or stood there.
func (ReadingPage) To(id care.ID) screen.Button {
	return screen.Button{Label: "看那一条", Href: "/exam/reading/" + string(id)}
}

// Late says that no reading came in time.
func (Wait) Late() screen.Notice {
	return screen.Notice{Kind: screen.Warn, Title: "没有等到读数", Text: "时间到了。请检查仪器有没有开，再测一次；还不行请按“呼叫村医”。"}
}

// Gone says that a result no longer counts.
func (Result) Gone() screen.Notice {
	return screen.Notice{Kind: screen.Warn, Title: "这条记录已作废", Text: "它不再算您的测量结果。"}
}

// Rows tells whether the values are worth a table beside the big figure.
func (r Result) Rows() bool { return len(r.Figures) > 1 || r.Name == "" }

// PageTitle says at once what matters.
func (r Result) PageTitle() string {
	if r.Alarm != nil {
		return "请马上找医生"
	}
	return "测量结果"
}

// Frame leads back to the person.
func (p ReadingPage) Frame(c *screen.Chrome) { c.Back = "/exam/person/" + string(p.Person) }

// Frame leads back to the person.
func (p EnterPage) Frame(c *screen.Chrome) { c.Back = "/exam/person/" + string(p.Person) }
