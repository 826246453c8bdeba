package simulate

import (
	"bytes"
	"strings"
	"testing"

	"xiangyi/replication"
	"xiangyi/replication/simulate"
)

// mostSeeds bounds what every run of the tests lives through under the race
// detector; .ci/run goes through some hundreds without it, make soak on for as
// long as asked.
const mostSeeds = 16

// Every profile's first seeds hold every promise.
func TestSeedsOfEachProfileHold(t *testing.T) {
	for _, p := range simulate.Profiles {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			var total simulate.Counts
			for seed := range uint64(mostSeeds) {
				r, err := simulate.Run(seed, simulate.Options{Profile: p, Open: Open})
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if r.Broken != "" {
					t.Fatalf("seed %d of %s: %s\n%s", seed, p.Name, r.Broken, strings.Join(r.Story, "\n"))
				}
				total.Add(r.Counts)
			}
			t.Logf("%+v", total)
			if total.Held == 0 || total.Conflicts == 0 || p.Slots > 0 && total.Sold == 0 || p.Kill > 0 && total.Crashes == 0 || p.Lose > 0 && total.Lost == 0 || p.Clone > 0 && total.Forks == 0 {
				t.Errorf("these seeds are too quiet: %+v", total)
			}
		})
	}
}

// A county in which a rule does not hold is found out, by the words of that rule.
func TestTheChecksSeeARuleTakenOut(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		spoil simulate.Spoil
		words string
		in    string
	}{
		{"nodes apply the same", simulate.Spoil{Command: func(node string, command []byte) []byte {
			if node == "n2" && len(command)%7 == 0 {
				return nil
			}
			return command
		}}, "differs from another node", "calm"},
		{"an answer leaves nothing out", simulate.Spoil{Answer: func(a *replication.Answer) {
			if len(a.Walks) == 0 && len(a.Changes) > 1 {
				a.Changes = a.Changes[1:]
			}
		}}, "holds something else than the county", "calm"},
		{"what is sold is not sold again", simulate.Spoil{Sell: true}, "was sold", "calm"},
		{"what its holder may still sell is not taken back", simulate.Spoil{Reclaim: true}, "was sold", "custody"},
	} {
		var broken string
		profile, _ := simulate.Named(tt.in)
		for seed := uint64(0); seed < 300 && broken == ""; seed++ {
			r, err := simulate.Run(seed, simulate.Options{Profile: profile, Open: Open, Spoil: tt.spoil})
			if err != nil {
				broken = err.Error() // the county cannot even be founded
			} else {
				broken = r.Broken
			}
		}
		if !strings.Contains(broken, tt.words) {
			t.Errorf("%s: 300 seeds without it say %q, want %q", tt.rule, broken, tt.words)
		}
	}
}

// A seed that failed must fail again: two runs of one are alike to the last byte
// that the county's nodes agreed on.
func TestASeedRunsAlikeTwice(t *testing.T) {
	for _, p := range simulate.Profiles {
		for seed := range uint64(3) {
			var states []simulate.Result
			for range 2 {
				r, err := simulate.Run(seed, simulate.Options{Profile: p, Open: Open})
				if err != nil {
					t.Fatal(err)
				}
				states = append(states, r)
			}
			if a, b := states[0], states[1]; a.State != b.State || a.Counts != b.Counts || a.Lived != b.Lived {
				t.Errorf("seed %d of %s: %+v and %+v", seed, p.Name, a, b)
			}
		}
	}
}

func TestSimulateSaysWhatItSaw(t *testing.T) {
	for _, tt := range []struct{ args, out, err string }{
		{"--seeds 1-2 --profile calm", "2 runs", ""},
		{"--seeds 3 --profile harsh --json", `"seed":3,"profile":"harsh"`, ""},
		{"--seeds 2-1", "", `seeds "2-1": want A-B`},
		{"--profile stormy", "", `no profile "stormy"`},
	} {
		var out bytes.Buffer
		err := Command(&out, strings.Fields(tt.args))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: says %q, error %v", tt.args, out.String(), err)
		}
	}
}
