package media

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

func TestThePagesSayWhereThePhotoIs(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range words.Missing(screen.English, screens) {
		t.Errorf("no English for %q", m)
	}
	if found := screen.Lint(screens); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
	s := newScene(t)
	in := taken(refOne)
	in.Words = "left leg"
	id := s.station.Do(doctor, Add, in).About.ID
	person := func() PersonPage {
		return caretest.Show[PersonPage](s.station, doctor, "media.person", personInput{Person: granny})
	}
	item := func() ItemPage { return caretest.Show[ItemPage](s.station, doctor, "media.item", itemInput{id}) }
	for _, c := range []struct {
		template string
		body     any
		zh, en   string
	}{
		{"media/person", PersonPage{}, "还没有照片", "No photos yet"},
		{"media/person", person(), "照片在站里，等待上传", "waiting to be sent"},
		{"media/item", item(), "/media/picture/" + string(id), "Withdraw this photo"},
		{"media/item", func() ItemPage {
			s.station.Do(doctor, "media.entered-in-error", Withdraw{id, "wrong person"})
			return item()
		}(), "已作废", "wrong person"},
	} {
		for lang, want := range map[screen.Lang]string{screen.Chinese: c.zh, screen.English: c.en} {
			var out bytes.Buffer
			chrome := screen.Chrome{Title: "-", Channel: "desk", Lang: lang, Now: s.Now()}
			if err := set.Render(&out, c.template, screen.Page{Chrome: chrome, Body: c.body}); err != nil {
				t.Fatal(err)
			}
			_, main, _ := strings.Cut(out.String(), "<main")
			main, _, _ = strings.Cut(main, "</main>")
			main = strings.ReplaceAll(main, "石大妹", "")
			if !strings.Contains(main, want) {
				t.Errorf("%s does not say %q:\n%s", c.template, want, main)
			}
			if at := strings.IndexFunc(main, func(r rune) bool { return unicode.Is(unicode.Han, r) }); lang == screen.English && at >= 0 {
				t.Errorf("%s in English says …%s…", c.template, main[at:min(len(main), at+60)])
			}
		}
	}
}
