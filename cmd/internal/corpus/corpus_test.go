package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"xiangyi/protocol"
)

func TestACorpusIsTheSameForASeed(t *testing.T) {
	_, a, err := Make(t.Context(), 3, 20, 200)
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := Make(t.Context(), 3, 20, 200)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != 200 || len(b) != 200 {
		t.Fatalf("%d and %d Changes, want 200", len(a), len(b))
	}
	counts := map[protocol.ActionName]int{}
	for i := range a {
		if string(protocol.AppendEnvelope(nil, &a[i])) != string(protocol.AppendEnvelope(nil, &b[i])) {
			t.Fatalf("Change %d differs: %s and %s", i, a[i].Action, b[i].Action)
		}
		counts[a[i].Action]++
	}
	for _, name := range []protocol.ActionName{"exam.start", "exam.record", "exam.enter", "appointment.book"} {
		if counts[name] == 0 {
			t.Errorf("no %s among %v", name, counts)
		}
	}
	if os.Getenv("SHOW") != "" {
		for i := range a[:30] {
			raw, _ := json.Marshal(a[i])
			fmt.Println(string(raw))
			for _, w := range a[i].Writes {
				fmt.Println("   ", w.Ref, w.Subject, w.Scopes, w.Parents, string(w.Value))
			}
		}
	}
}
