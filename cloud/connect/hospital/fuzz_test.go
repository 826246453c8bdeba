package hospital

import (
	"log/slog"
	"strings"
	"testing"

	"xiangyi/protocol/codec/gb18030"
	"xiangyi/protocol/codec/hl7"
)

// FuzzInbox feeds the inbox what a hospital might send, and worse. Whatever it
// is: there is an answer that can be written, to this message, and a second
// time the same.
func FuzzInbox(f *testing.F) {
	ok := blood("7", "UNICODE UTF-8", "F", "128")
	gb, _ := gb18030.Encode(strings.Replace(ok, "UNICODE UTF-8", "GB 18030-2000", 1))
	f.Add([]byte(ok))
	f.Add(gb)
	f.Add([]byte(blood("8", "", "P", "<5~~^&")))
	f.Add([]byte(msh("SIU^S12^SIU_S12", "9", "") + "SCH||||||ROUTINE\rRGS|1\rAIG|1||x\r"))
	f.Add([]byte(msh("SIU^S23^SIU_S12", "9", "") + "AIG|1||" + strings.Repeat("x", 200) + "\r"))
	f.Add([]byte(strings.Replace(ok, "|2.5.1|||||", "|2.5.1|||AL|AL|", 1)))
	f.Add([]byte(strings.Replace(ok, "|NM|", "|SN|", 1)))
	f.Add([]byte("MSH|^~\\&|"))
	f.Add([]byte("OBX before everything"))
	c := newCounty(f)
	in := &Inbox{InboxConfig: InboxConfig{Organisation: "c1", Engine: c.Engine, Store: c.Model, Now: c.world.Now, Log: slog.New(slog.DiscardHandler)}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first := verdict(t, in.hear(t.Context(), raw))
		m, err := hl7.Decode(raw)
		if err == nil && first != "" && !strings.HasSuffix(first, " "+m.ControlID()) {
			t.Errorf("the answer %q is not to %q", first, m.ControlID())
		}
		before := c.Last()
		if again := verdict(t, in.hear(t.Context(), raw)); again != first || c.Last() != before {
			t.Errorf("answered %q, then %q, and wrote %d Changes more", first, again, c.Last()-before)
		}
	})
}

func verdict(t *testing.T, answers []*hl7.Message) string {
	t.Helper()
	said := ""
	for _, a := range answers {
		if _, err := a.Encode(); err != nil && a.Charset != hl7.Latin1 && a.Charset != hl7.ASCII {
			t.Errorf("answer cannot be written: %v", err)
		}
		msa := a.First("MSA")
		said = msa.Text(1) + " " + msa.Text(2)
		if !strings.Contains(" AA AE CA CE ", " "+msa.Text(1)+" ") {
			t.Errorf("answered %s although nothing failed here", said)
		}
	}
	return said
}
