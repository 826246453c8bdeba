package report

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// job is a sheet of paper as the printing service keeps it. Only what a copy needs is
// read: the two services share records, not code.
type job struct {
	About protocol.Ref `json:"about"`
	State string       `json:"state"`
	Why   string       `json:"why"`
}

const kindJob protocol.Kind = "print-job"

// states translates how far a sheet is into how far a copy is.
var states = map[string]PrintState{
	"queued": PrintWaiting, "printing": PrintRunning, "waiting-paper": PrintStopped, "waiting-printer": PrintStopped,
	"printed": PrintDone, "in-doubt": PrintInDoubt, "failed": PrintFailed, "cancelled": PrintFailed,
}

// follow moves a copy on as its sheet of paper moves on. Where one Change
// closes a sheet and opens another for the same copy, the new one counts.
func follow() care.Reaction {
	return care.Reaction{
		Name: "report-printed", Place: care.AtStation,
		On: []protocol.ActionName{"printing.state", "printing.retry", "printing.confirm", "printing.cancel"},
		Do: func(_ protocol.Reader, c protocol.Change) ([]care.Request, error) {
			var jobs []job
			for _, w := range c.Writes {
				var j job
				if w.Ref.Kind != kindJob || protocol.Decode(w.Value, &j) != nil || j.About.Kind != KindPrint || states[j.State] == "" {
					continue
				}
				jobs = append(jobs, j)
			}
			var out []care.Request
			for _, j := range jobs {
				renewed := func(o job) bool { return o.About == j.About && o.State != "cancelled" }
				if j.State == "cancelled" && slices.ContainsFunc(jobs, renewed) {
					continue
				}
				in, err := protocol.Encode(Printed{Print: j.About.ID, State: states[j.State], Fault: j.Why})
				if err != nil {
					return nil, err
				}
				out = append(out, care.Request{Actor: care.Machine("printing"), Name: "report.printed", Input: in})
			}
			return out, nil
		},
	}
}
