package hospital

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

func lab(charset Charset) Report {
	return Report{ID: "L20300304-7", IDNumber: "990101199001011233", Person: "p1", Name: "欧阳㛃", Sex: "F", Birth: "19900101", Order: "o1",
		Service: Code{"BCA", "血细胞分析"}, Reviewer: Code{"d9", "陈某"}, Comment: "标本轻度溶血 | 请复查", Charset: charset,
		Items: []Item{
			{Code: Code{"HGB", "血红蛋白"}, Value: "118.0", Unit: "g/L", Range: "115-150", Flag: "N"},
			{Code: Code{"BLD", "隐血"}, Value: "阴性", Range: "阴性"},
		}}
}

func TestAReportArrivesInBothCharsetsAndReadsTheSame(t *testing.T) {
	county := newPostbox(t)
	h := open(t, func(o *Options) { o.County = county.addr })
	for _, charset := range []Charset{UTF8, GB18030} {
		control, err := h.Report(lab(charset))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Wait(t.Context(), control); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range county.letters() {
		obr, hgb := m.find("OBR"), m.find("OBX")
		for what, pair := range map[string][2]string{
			"type":     {m.find("MSH").raw(9), "ORU^R01^ORU_R01"},
			"charset":  {m.find("MSH").get(18, 1), []string{"UNICODE UTF-8", "GB 18030-2000"}[i]},
			"person":   {m.find("PID").raw(3), "990101199001011233^^^MPS^NI~p1^^^XY^PI"},
			"name":     {m.find("PID").get(5, 1), "欧阳㛃"},
			"report":   {obr.get(3, 1), "L20300304-7"},
			"service":  {obr.get(4, 2), "血细胞分析"},
			"status":   {obr.get(25, 1), "F"},
			"reviewer": {obr.raw(32), "d9&陈某"},
			"value":    {strings.Join(hgb[1:9], "|"), "1|NM|HGB^血红蛋白^L||118.0|g/L^^UCUM|115-150|N"},
			"final":    {hgb.get(11, 1), "F"},
			"text":     {m.segments[5].raw(2) + m.segments[5].get(5, 1), "ST阴性"},
			"comment":  {m.find("NTE").get(3, 1), "标本轻度溶血 | 请复查"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("letter %d, %s: %q, want %q", i, what, pair[0], pair[1])
			}
		}
	}
	if !bytes.Contains(county.raw[1], []byte{0xD1, 0xAA}) || bytes.Contains(county.raw[1], []byte("血")) {
		t.Error("the second letter is not in GB 18030")
	}
}

func TestAReportIsSentAgainUntilItIsAccepted(t *testing.T) {
	county := newPostbox(t, "", "AR", "")
	h := open(t, func(o *Options) { o.County = county.addr })
	control, err := h.Report(lab(GB18030))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(t.Context(), control); err != nil {
		t.Fatal(err)
	}
	got := county.letters()
	if len(got) != 4 || h.Outbox()[0].Tries != 4 {
		t.Errorf("sent %d times, counted %d", len(got), h.Outbox()[0].Tries)
	}
	for _, m := range got {
		if m.find("MSH").get(10, 1) != control {
			t.Error("a repeat has another control id")
		}
	}
}

func TestARefusedReportParksAloneAndTheNextOneGoes(t *testing.T) {
	county := newPostbox(t, "AE")
	h := open(t, func(o *Options) { o.County = county.addr })
	bad, err := h.Report(lab(UTF8))
	if err != nil {
		t.Fatal(err)
	}
	good, err := h.Report(lab(UTF8))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(t.Context(), good); err != nil {
		t.Error(err)
	}
	if err := h.Wait(t.Context(), bad); !errors.Is(err, ErrParked) || !strings.Contains(err.Error(), "nobody knows this person") {
		t.Errorf("%v", err)
	}
	if len(county.letters()) != 2 {
		t.Errorf("%d letters were sent, want 2", len(county.letters()))
	}
}

func TestAReportWaitsForACountyThatIsAway(t *testing.T) {
	var mu sync.Mutex
	addr, asked := "", make(chan struct{}, 100)
	h := open(t, func(o *Options) {
		o.County = func() string {
			mu.Lock()
			defer mu.Unlock()
			select {
			case asked <- struct{}{}:
			default:
			}
			return addr
		}
	})
	control, err := h.Report(lab(UTF8))
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	<-asked // it tries again
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Wait(ctx, control); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	county := newPostbox(t)
	mu.Lock()
	addr = county.addr()
	mu.Unlock()
	if err := h.Wait(t.Context(), control); err != nil {
		t.Error(err)
	}
}
