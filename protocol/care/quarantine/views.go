package quarantine

import (
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// OpenPage lists what is parked, and where stations differed lately.
type OpenPage struct{ Parked, Differences screen.Table }

// mostRows bounds the rows of one state.
const mostRows = 200

// states in the order in which they are listed.
var states = []struct {
	state State
	mark  screen.Mark
}{
	{Stuck, screen.Mark{Kind: screen.Warn, Text: "等人处理"}},
	{Retrying, screen.Mark{Kind: screen.Calm, Text: "正在再试"}},
	{Dropping, screen.Mark{Kind: screen.Calm, Text: "正在放到一边"}},
	{Waits, screen.Mark{Kind: screen.Calm, Text: "在等别的记录"}},
	{Aside, screen.Mark{Kind: screen.Info, Text: "已放到一边"}},
}

var causeWords = map[Cause]string{
	CauseWaits:   "它所依据的记录还没有到，到了会自动继续",
	CauseContent: "里面有县里存不进去的内容，升级后可以再试",
	CauseFrame:   "整包读不出来，升级后可以再试",
}

var laneWords = [protocol.Lanes]string{"紧急记录", "诊疗记录", "管理记录", "影像记录"}

func open() care.View {
	return care.Show(care.View{Name: "quarantine.open", Purpose: care.ForOperations, Roles: keepers},
		func(l *care.Look, _ struct{}) (OpenPage, error) {
			page := OpenPage{
				Parked: screen.Table{
					Caption: "收到但放不进去的",
					Empty:   &screen.Empty{Icon: "check-check", Title: "没有放不进去的记录", Text: "有问题的记录单独放在这里，不耽误别的记录"},
					Columns: []screen.Column{{Label: "时间"}, {Label: "站点"}, {Label: "记录||entry"}, {Label: "原因"},
						{Label: "等着它的", Numeric: true}, {Label: "状态"}, {Label: "处理", Hidden: true}},
				},
				Differences: screen.Table{
					Caption: "与站点核对出的差别",
					Empty:   &screen.Empty{Icon: "check-check", Title: "各站与县里一致", Text: "核对出差别时会自动补齐，并记在这里"},
					Columns: []screen.Column{{Label: "时间"}, {Label: "站点"}, {Label: "站里补上", Numeric: true}, {Label: "县里补上", Numeric: true}, {Label: "状态"}},
				},
			}
			for n := range states {
				found, err := care.Collect[Parked](l, protocol.Query{Kind: KindParked, Index: "state",
					Match: []string{string(states[n].state)}, Limit: mostRows})
				if err != nil {
					return OpenPage{}, err
				}
				for i := range found {
					page.Parked.Rows = append(page.Parked.Rows, row(&found[i], &states[n].mark))
				}
			}
			found, err := care.Collect[Difference](l, protocol.Query{Kind: KindDifference, Index: "all", Latest: true, Limit: 50})
			for i := range found {
				page.Differences.Rows = append(page.Differences.Rows, differenceRow(&found[i].Value))
			}
			return page, err
		})
}

func row(f *care.Found[Parked], mark *screen.Mark) screen.Row {
	v := &f.Value
	cells := []screen.Cell{
		{Text: v.Since.In(care.Zone).Format("2006-01-02 15:04")}, {Text: string(v.Site)},
		{Text: laneWords[v.Lane%protocol.Lanes], Note: v.Position},
		{Text: causeWords[v.Cause], Note: v.Words}, {Text: strconv.Itoa(v.Behind)}, {Mark: mark, Note: v.Why}, {},
	}
	again := screen.Button{Label: "再试一次", Action: "/do/" + string(Retry), Icon: "refresh-cw",
		Fields: []screen.Hidden{{Name: "id", Value: string(f.Ref.ID)}, {Name: "next", Value: "/quarantine"}}}
	switch v.State {
	case Stuck:
		cells[6].Buttons = []screen.Button{again, {Label: "放到一边", Href: "/quarantine/" + string(f.Ref.ID)}}
	case Aside:
		cells[6].Buttons = []screen.Button{again}
	}
	return screen.Row{Cells: cells}
}

func differenceRow(v *Difference) screen.Row {
	mark := screen.Mark{Kind: screen.Good, Text: "已自动补齐"}
	switch {
	case v.Walk:
		mark = screen.Mark{Kind: screen.Warn, Text: "没有找到差在哪里，正在全部重新核对"}
	case v.Foreign > 0:
		mark = screen.Mark{Kind: screen.Warn, Text: "县里缺别的站点的记录，等那个站点补"}
	}
	return screen.Row{Cells: []screen.Cell{{Text: v.At.In(care.Zone).Format("2006-01-02 15:04")}, {Text: string(v.Site)},
		{Text: strconv.Itoa(v.Fetched)}, {Text: strconv.Itoa(v.Offered)}, {Mark: &mark}}}
}

// OnePage asks why an entry is set aside for good.
type OnePage struct {
	ID      care.ID
	Summary screen.Summary
	Why     screen.Field
	May     bool
}

func one() care.View {
	return care.Show(care.View{Name: "quarantine.one", Purpose: care.ForOperations, Roles: keepers},
		func(l *care.Look, in SetAsideForm) (OnePage, error) {
			v, _, err := care.Read[Parked](l, protocol.Ref{Kind: KindParked, ID: in.ID})
			if err != nil {
				return OnePage{}, err
			}
			return OnePage{ID: in.ID, May: v.State == Stuck,
				Summary: screen.Summary{Rows: []screen.SummaryRow{
					{Key: "站点", Value: string(v.Site)}, {Key: "记录||entry", Value: v.Position},
					{Key: "原因", Value: causeWords[v.Cause]}, {Key: "等着它的", Value: strconv.Itoa(v.Behind)}}},
				Why: screen.Field{Name: "why", Label: "为什么放到一边", Hint: "记录本身会一直保存，等着它的会继续", Value: in.Why, MaxLength: 200},
			}, nil
		})
}

// SetAsideForm takes the fields of the action, so that what was typed is still
// there after a refusal; it checks nothing.
type SetAsideForm struct {
	ID  care.ID `json:"id"`
	Why string  `json:"why,omitempty"`
}
