package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/stand"
)

func heard(words ...string) []hospital.Heard {
	var out []hospital.Heard
	for _, w := range words {
		kind, lost := strings.CutSuffix(w, "!")
		out = append(out, hospital.Heard{Type: kind, Placer: "a1", Lost: lost})
	}
	return append(out, hospital.Heard{Type: "SRM^S01", Placer: "another"})
}

func TestAConnectorMustAskBeforeItRepeats(t *testing.T) {
	for name, x := range map[string]struct {
		heard       []hospital.Heard
		fine, wrong bool
	}{
		"asked, and let be":            {heard("SRM^S01!", "SQM^S25"), true, false},
		"not asked yet":                {heard("SRM^S01!"), false, false},
		"nothing lost yet":             {heard("SRM^S01"), false, false},
		"repeated without asking":      {heard("SRM^S01!", "SRM^S01"), false, true},
		"asked, and booked once more":  {heard("SRM^S01!", "SQM^S25", "SRM^S01"), false, true},
		"asked, later called off":      {heard("SRM^S01!", "SQM^S25", "SRM^S04"), true, false},
		"only others were heard about": {heard(), false, false},
	} {
		missing, err := judge(x.heard, "a1")
		if (missing == "" && err == nil) != x.fine || (err != nil) != x.wrong {
			t.Errorf("%s: missing %q, err %v", name, missing, err)
		}
	}
}

func TestEveryFontMustBeEmbeddedAndReadable(t *testing.T) {
	const head = "name                                 type              encoding         emb sub uni object ID\n" +
		"------------------------------------ ----------------- ---------------- --- --- --- ---------\n"
	good := "ABCDEF+SourceHanSans                 CID TrueType      Identity-H       yes yes yes      6  0\n"
	for name, x := range map[string]struct {
		out  string
		fine bool
	}{
		"embedded":         {head + good, true},
		"no font":          {head, false},
		"not embedded":     {head + good + "SimSun    CID TrueType      Identity-H       no  no  yes      6  0\n", false},
		"no text in there": {head + "SimSun    CID TrueType      Identity-H       yes yes no       7  0\n", false},
	} {
		if err := fontTable(x.out); (err == nil) != x.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsMissingOnPaperIsNamed(t *testing.T) {
	r := stand.BloodCount(county.Cards()[0], "L1", hospital.UTF8)
	text := r.Service.Name + r.Reviewer.Name + "\n 标本无溶血、\n无凝块。血红蛋白偏低，建议复查。"
	for _, i := range r.Items {
		text += i.Name + " " + i.Value + "\n"
	}
	if err := saysAll(text, r); err != nil {
		t.Error(err)
	}
	if err := saysAll(strings.Replace(text, "108", "", 1), r); err == nil || !strings.Contains(err.Error(), "108") {
		t.Errorf("a missing value: %v", err)
	}
}

func TestTheNumberToKeepIsTheOneOnPageAndSlip(t *testing.T) {
	p := &outsider.Page{Text: "预约号 V01-0007 本站 ✓ 2030-01-07 内科 8:30"}
	if got := bookingNumber(p, "预约凭条\nV01-0007\n2030年1月7日"); got != "V01-0007" {
		t.Errorf("got %q", got)
	}
	if got := bookingNumber(p, "预约凭条 V01-0008"); got != "" {
		t.Errorf("another number was taken: %q", got)
	}
}

func TestAStepIsToldForPeopleAndForPrograms(t *testing.T) {
	s := Step{"the line is cut", false, 1234, "still up"}
	var people, programs bytes.Buffer
	if err := errors.Join(Printer(&people, false)(s), Printer(&programs, true)(s)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(people.String(), "✗    1.23 s  the line is cut") {
		t.Errorf("%q", people.String())
	}
	var got map[string]any
	if err := json.Unmarshal(programs.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got["step"] != s.Step || got["ok"] != false || got["ms"] != 1234.0 || got["detail"] != "still up" {
		t.Errorf("%v", got)
	}
}

func TestWaitingEndsWithWhatWasMissing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := until(ctx, time.Millisecond, func() (string, error) { return "the slip", nil })
	if err == nil || !strings.Contains(err.Error(), "the slip") {
		t.Errorf("%v", err)
	}
}
