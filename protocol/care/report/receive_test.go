package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestAReviewedReportReachesItsPerson(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	rows := s.list(grandma)
	if len(rows) != 1 || rows[0].Title != "血细胞分析" || !rows[0].Unread || rows[0].Out != 0 {
		t.Fatalf("the list shows %+v", rows)
	}
	sheet := s.read(id)
	if len(sheet.Lines) != 1 || sheet.Lines[0].Value != "6.10" || sheet.Lines[0].Range != "3.5-9.5" || sheet.Lines[0].Mark != nil {
		t.Errorf("the page shows %+v", sheet.Lines)
	}
	if !there(s.station, care.NoticeRef(Ref(id), "ready-1")) {
		t.Error("nobody told her")
	}
	if n := len(s.list(uncle)); n != 0 {
		t.Errorf("a neighbour sees %d", n)
	}
	s.station.ShowRefused("not-yours", resident(uncle), "report.read", reportInput{id})
	s.station.ShowRefused("role", protocol.Actor{Role: care.Visitor}, "report.mine", nil)
}

func TestAnOpenedReportIsNoLongerNew(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77"))
	s.station.Refused("not-yours", resident(uncle), "report.open", Opening{id})
	s.station.Do(resident(grandma), "report.open", Opening{id})
	if again := s.station.Do(resident(grandma), "report.open", Opening{id}); again.About.ID != "" {
		t.Error("opened twice is written twice")
	}
	if s.list(grandma)[0].Unread {
		t.Error("still new")
	}
	s.receive(s.blood("L1", 2, Corrected, "d77"))
	if !s.list(grandma)[0].Unread {
		t.Error("the corrected version is not new")
	}
}

func TestOnlyFinalReviewedReportsAreShown(t *testing.T) {
	for name, c := range map[string]struct {
		status   Status
		reviewer string
		seen     bool
	}{
		"final and reviewed": {Final, "d77", true}, "amended": {Amended, "d77", true}, "corrected": {Corrected, "d77", true},
		"not reviewed": {Final, "", false}, "preliminary": {Preliminary, "d77", false}, "cancelled before anybody saw it": {Cancelled, "d77", false},
	} {
		s := newScene(t)
		id := s.receive(s.blood("L1", 1, c.status, c.reviewer))
		if seen := len(s.list(grandma)) == 1; seen != c.seen {
			t.Errorf("%s: shown %v", name, seen)
		}
		if told := there(s.County(), care.NoticeRef(Ref(id), "ready-1")); told != c.seen {
			t.Errorf("%s: told %v", name, told)
		}
		if !c.seen {
			s.station.ShowRefused("not-ready", resident(grandma), "report.read", reportInput{id})
			s.station.Refused("not-ready", resident(grandma), "report.print", Want{Report: id})
			if len(caretest.Show[Desk](s.County(), countyDoctor, "report.desk", nil).Rows) != 1 {
				t.Errorf("%s: not kept", name)
			}
		}
	}
}

func TestItemsWithoutAResultDoNotShowOne(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77",
		Item{Code: "a", Name: "甲", Value: "1", Status: Final}, Item{Code: "b", Name: "乙", Value: "666", Flag: VeryHigh, Status: Preliminary}))
	sheet := s.read(id)
	if !sheet.Lines[1].Waiting || sheet.Lines[1].Value != "" || len(sheet.Out) != 0 {
		t.Errorf("%+v", sheet.Lines)
	}
}

func TestWhatIsNotAsItShouldBeComesFirst(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77",
		Item{Code: "a", Name: "甲", Value: "5", Flag: Normal}, Item{Code: "b", Name: "乙", Value: "阳性", Flag: Abnormal},
		Item{Code: "c", Name: "丙", Value: "9.9", Flag: High}))
	sheet := s.read(id)
	if !slices.Equal(sheet.Out, []string{"乙", "丙"}) || sheet.Lines[0].Name != "乙" || sheet.Lines[2].Name != "甲" {
		t.Errorf("%v, %+v", sheet.Out, sheet.Lines)
	}
}

func TestARepeatedReportIsOne(t *testing.T) {
	s := newScene(t)
	in := s.blood("L1", 1, Final, "d77")
	id := s.receive(in)
	s.receive(in)
	s.County().Do(connector, Receive, in) // under another message number
	s.Settle()
	var revisions int
	s.County().Look(func(r protocol.Reader) error {
		all, err := r.History(Ref(id))
		revisions = len(all)
		return err
	})
	if revisions != 1 {
		t.Errorf("%d revisions", revisions)
	}
}

func TestACorrectionKeepsWhatWasSaidBefore(t *testing.T) {
	s := newScene(t)
	wrong := s.blood("L1", 1, Final, "d77", Item{Code: "a", Name: "甲", Value: "1.0"})
	right := s.blood("L1", 2, Corrected, "d77", Item{Code: "a", Name: "甲", Value: "2.0"})
	id := s.receive(wrong)
	s.receive(right)
	s.receive(wrong) // comes late once more, under its own number
	s.County().Do(connector, Receive, wrong)
	s.Settle()
	sheet := s.read(id)
	if sheet.Lines[0].Value != "2.0" || len(sheet.Marks) != 1 || sheet.Marks[0].Text != "已更正" {
		t.Errorf("%+v", sheet)
	}
	staff := caretest.Show[StaffSheet](s.station, doctor, "report.staff", reportInput{id})
	if len(staff.Versions) != 2 || staff.Versions[0].Version != 2 || staff.Versions[1].Status != "正式报告" {
		t.Errorf("%+v", staff.Versions)
	}
}

func TestWhileTheHospitalCorrectsTheLastReleasedVersionStays(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77", Item{Code: "a", Name: "甲", Value: "1.0"}))
	s.receive(s.blood("L1", 2, Preliminary, "", Item{Code: "a", Name: "甲", Value: "7.0"}))
	sheet := s.read(id)
	if sheet.Lines[0].Value != "1.0" || len(sheet.Marks) != 1 || sheet.Marks[0].Text != "医院正在更正" {
		t.Errorf("%+v", sheet)
	}
	s.receive(s.blood("L1", 3, Cancelled, ""))
	if rows := s.list(grandma); len(rows) != 1 || rows[0].Marks[0].Text != "医院已撤回" {
		t.Errorf("%+v", rows)
	}
	if sheet := s.read(id); !sheet.Withdrawn || len(sheet.Lines) != 0 {
		t.Errorf("%+v", sheet)
	}
	s.station.Refused("withdrawn", resident(grandma), "report.print", Want{Report: id})
	if !there(s.station, care.NoticeRef(Ref(id), "withdrawn-3")) {
		t.Error("nobody told her")
	}
}

func TestTheSameVersionWithOtherContentIsHeld(t *testing.T) {
	s := newScene(t)
	id := s.receive(s.blood("L1", 1, Final, "d77", Item{Code: "a", Name: "甲", Value: "1.0"}))
	s.County().Do(connector, Receive, s.blood("L1", 1, Final, "d77", Item{Code: "a", Name: "甲", Value: "2.0"}))
	s.Settle()
	held := caretest.Show[HeldList](s.County(), countyDoctor, "report.held", nil).Rows
	if len(held) != 1 || held[0].Why != heldWhy[heldDiffers] || s.read(id).Lines[0].Value != "1.0" {
		t.Errorf("%+v", held)
	}
	s.County().Refused("version-differs", countyDoctor, "report.attach", Attach{held[0].ID, grandma})
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	s := newScene(t)
	for name, spoil := range map[string]func(*Incoming){
		"no number": func(in *Incoming) { in.Number = "" }, "no title": func(in *Incoming) { in.Title = "" },
		"no time": func(in *Incoming) { in.Issued = time.Time{} }, "no person": func(in *Incoming) { in.Person = "" },
		"no name": func(in *Incoming) { in.Name = " " }, "odd state": func(in *Incoming) { in.Status = "F" },
		"odd kind": func(in *Incoming) { in.Category = "x" }, "empty item": func(in *Incoming) { in.Items = []Item{{}} },
		"too many": func(in *Incoming) { in.Items = make([]Item, maxItems+1) }, "too long": func(in *Incoming) { in.Conclusion = strings.Repeat("长", maxText) },
	} {
		in := s.blood("L1", 1, Final, "d77")
		spoil(&in)
		if _, err := s.County().Try(connector, Receive, in); !refused(err, "bad-report") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.County().Refused("role", doctor, Receive, s.blood("L1", 1, Final, "d77"))
	s.station.Refused("no-such-action", connector, Receive, s.blood("L1", 1, Final, "d77"))
}

func refused(err error, code protocol.Code) bool {
	r, ok := protocol.AsRefusal(err)
	return ok && r.Code == code
}

func TestReportsHaveOneNameWhateverTheHospitalNumbers(t *testing.T) {
	seen := map[care.ID]bool{}
	for _, number := range []string{"L1", "L-2030/0001", "检2030", strings.Repeat("9", 80), "a b"} {
		id := ReportID("c1", number)
		if !id.Valid() || len(id) > 48 || seen[id] {
			t.Errorf("%q gives %q", number, id)
		}
		seen[id] = true
	}
	if ReportID("c1", "1") == ReportID("c2", "1") {
		t.Error("two hospitals share a report")
	}
}

func TestTheListIsSortedAndNarrowed(t *testing.T) {
	s := newScene(t)
	s.receive(s.blood("L1", 1, Final, "d77"))
	s.Advance(200 * 24 * time.Hour)
	picture := s.blood("I1", 1, Final, "d78")
	picture.Category, picture.Items, picture.Conclusion = Imaging, nil, "未见异常"
	s.receive(picture)
	titles := func(f Filter) (out []string) {
		for _, r := range caretest.Show[Mine](s.station, resident(grandma), "report.mine", f).Rows {
			out = append(out, r.Category)
		}
		return out
	}
	for _, c := range []struct {
		filter Filter
		want   []string
	}{
		{Filter{}, []string{"检查", "检验"}}, {Filter{Category: Lab}, []string{"检验"}},
		{Filter{Months: 3}, []string{"检查"}}, {Filter{Months: 12}, []string{"检查", "检验"}}, {Filter{Category: Exam}, nil},
	} {
		if got := titles(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v shows %v", c.filter, got)
		}
	}
	s.station.ShowRefused("bad-input", resident(grandma), "report.mine", Filter{Category: "x"})
}

func TestEachValueStandsBesideTheOneBefore(t *testing.T) {
	s := newScene(t)
	sugar := func(number, value string) care.ID {
		id := s.receive(s.blood(number, 1, Final, "d77", Item{Code: "14771-0", Name: "空腹血糖", Value: value, Unit: "mmol/L", Range: "3.9--6.1"}))
		s.Advance(90 * 24 * time.Hour)
		return id
	}
	first, second, third := sugar("G1", "5.60"), sugar("G2", "7.10"), sugar("G3", "6.0")
	if l := s.read(first).Lines[0]; l.Last != "" {
		t.Errorf("the first has %+v", l)
	}
	if l := s.read(second).Lines[0]; l.Last != "5.60 mmol/L" || l.Change != "比上次高" {
		t.Errorf("the second has %+v", l)
	}
	if l := s.read(third).Lines[0]; l.Last != "7.10 mmol/L" || l.Change != "比上次低" {
		t.Errorf("the third has %+v", l)
	}
	c := caretest.Show[Course](s.station, resident(grandma), "report.item", itemInput{third, "14771-0"})
	if c.Trend == nil || len(c.Rows) != 3 || c.Trend.Series[0].Points[0].Text != "5.60" || c.Trend.Bands[0].High != 6.1 {
		t.Errorf("%+v", c)
	}
	s.station.ShowRefused("not-yours", resident(uncle), "report.item", itemInput{third, "14771-0"})
}

func TestIntervalsAreReadAsLaboratoriesWriteThem(t *testing.T) {
	for text, want := range map[string][2]float64{"3.9-6.1": {3.9, 6.1}, "3.9--6.1": {3.9, 6.1}, "3.9～6.1": {3.9, 6.1}, "3.9 – 6.1": {3.9, 6.1}, "130 至 175": {130, 175}} {
		b := band(text)
		if len(b) != 1 || b[0].Low != want[0] || b[0].High != want[1] {
			t.Errorf("%q gives %+v", text, b)
		}
	}
	for _, text := range []string{"", "<5.2", "阴性", "6.1-3.9", "-", "1-2-3"} {
		if b := band(text); b != nil {
			t.Errorf("%q gives %+v", text, b)
		}
	}
}
