package frame

import (
	"reflect"
	"testing"
)

// pairs are frames of three bytes: <, anything, >.
func pairs(lost func()) *Decoder {
	return New(Format{Start: From('<'), Length: func([]byte, bool) (int, string) { return 3, "" }, Lost: lost, Most: 3, Read: func(b []byte) (Event, string) {
		if b[2] != '>' {
			return Event{}, "end"
		}
		return Say(string(b[1:2])), ""
	}})
}

func names(all []Event) (out []string) {
	for _, e := range all {
		if e.Fault != nil {
			out = append(out, e.Fault.Error())
		} else {
			out = append(out, e.Type)
		}
	}
	return out
}

func TestAWrongLengthSwallowsNothing(t *testing.T) {
	d := pairs(nil)
	got := names(d.Feed([]byte("xx<<a><b<c>")))
	if want := []string{"end at byte 2", "a", "end at byte 6", "c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := (Counts{Frames: 2, Damaged: 2, Skipped: 5}); d.Counts != want {
		t.Errorf("counts %+v, want %+v", d.Counts, want)
	}
}

func TestAQuietLineGivesUpWhatIsUnfinished(t *testing.T) {
	d := pairs(nil)
	if got := d.Feed([]byte("<a><b")); len(got) != 1 || d.Waiting() != 2 {
		t.Fatalf("got %q, %d bytes wait", names(got), d.Waiting())
	}
	got := names(append(d.Quiet(), d.Feed([]byte("<c>"))...))
	if want := []string{"cut-short at byte 3", "c"}; !reflect.DeepEqual(got, want) || d.Waiting() != 0 {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestManyFaultsInARowAreToldOnce(t *testing.T) {
	lost := 0
	d := pairs(func() { lost++ })
	if got := names(d.Feed([]byte("<<<<<<<<<a>"))); len(got) != 2 || got[1] != "a" {
		t.Errorf("got %q", got)
	}
	if lost == 0 || d.Counts.Damaged != 8 {
		t.Errorf("lost %d times, %+v", lost, d.Counts)
	}
}
