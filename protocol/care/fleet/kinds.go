package fleet

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// The kinds of this service.
const (
	KindRelease  protocol.Kind = "release"
	KindRollout  protocol.Kind = "rollout"
	KindSoftware protocol.Kind = "software"
)

// Release is a package that stations can fetch. ID: its version.
type Release struct {
	Version release.Version `json:"version"`
	After   release.Version `json:"after"`
	Target  string          `json:"target"`
	Size    int64           `json:"size"` // of the program, bytes
	Signer  string          `json:"signer"`
	Head    string          `json:"head"` // what stands before the program in the package, base64: stations judge it before they fetch
	Blob    care.Blob       `json:"blob"`
	By      care.ID         `json:"by"`
	At      time.Time       `json:"at"`
	Rest    protocol.Rest   `json:",unknown"`
}

// State is how a rollout stands.
type State string

// The states. A stopped rollout is over: what was installed stays.
const (
	Running State = "running"
	Paused  State = "paused"
	Stopped State = "stopped"
)

// Wave is a step of a rollout: stations by name, or a share of all.
type Wave struct {
	Sites []protocol.Site `json:"sites,omitempty"`
	Share int             `json:"share,omitzero"` // in all, of a hundred: 1 to 100
}

// Rollout brings a release to stations, wave after wave.
type Rollout struct {
	Version release.Version `json:"version"`
	Waves   []Wave          `json:"waves"`
	Open    int             `json:"open"` // waves that were begun
	State   State           `json:"state"`
	Reason  string          `json:"reason,omitempty"` // the station that failed, when it paused by itself
	By      care.ID         `json:"by"`               // who did the last step
	Begun   time.Time       `json:"begun"`
	At      time.Time       `json:"at"`
	Rest    protocol.Rest   `json:",unknown"`
}

// Step is how far a station came with the version that it should run.
type Step string

// The steps.
const (
	Level      Step = "level" // it runs what it should
	Waiting    Step = "waiting"
	Fetching   Step = "fetching"
	Installed  Step = "installed" // waits for a quiet moment
	Trying     Step = "trying"    // runs it, and it was not found good yet
	RolledBack Step = "back"      // runs the one before again
	Refused    Step = "refused"   // may not or cannot take it
)

// Software is what a station runs. ID: its site.
type Software struct {
	Site    protocol.Site   `json:"site"`
	Version release.Version `json:"version"`
	Since   time.Time       `json:"since"`
	Wanted  release.Version `json:"wanted,omitempty"`
	Step    Step            `json:"step"`
	Percent int             `json:"percent,omitzero"`
	Reason  string          `json:"reason,omitempty"` // zh-CN, for operators
	At      time.Time       `json:"at"`
	Rest    protocol.Rest   `json:",unknown"`
}

// SoftwareRef names what a station runs.
func SoftwareRef(site protocol.Site) protocol.Ref {
	return protocol.Ref{Kind: KindSoftware, ID: care.ID(site)}
}

func releaseRef(v release.Version) protocol.Ref {
	return protocol.Ref{Kind: KindRelease, ID: care.ID(v)}
}

func rolloutRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindRollout, ID: id} }

func kinds() []care.Kind {
	internal := func(k protocol.Kind, indexes ...protocol.Index) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassInternal, Retention: protocol.RetainAudit, Indexes: indexes}, Decider: care.Operator}
	}
	return []care.Kind{
		internal(KindRelease, protocol.Index{Name: "all", Time: "at"}, protocol.Index{Name: "ref", Fields: []string{"blob.ref"}}),
		internal(KindRollout, protocol.Index{Name: "all", Time: "begun"}, protocol.Index{Name: "state", Fields: []string{"state"}, Time: "begun"}),
		internal(KindSoftware, protocol.Index{Name: "all", Time: "at"}),
	}
}

// Order is what a station should run, and whose wish that is.
type Order struct {
	Rollout care.ID
	Release Release
	Paused  bool // nothing new is begun
}

// HeadBytes is the release's head as it stands in the package.
func (r *Release) HeadBytes() ([]byte, error) { return base64.StdEncoding.DecodeString(r.Head) }

// mostRollouts bounds how far back a station looks.
const mostRollouts = 50

// newest lists the rollouts that count, the newest first.
func newest(r protocol.Reader) ([]care.Found[Rollout], error) {
	return care.Collect[Rollout](r, protocol.Query{Kind: KindRollout, Index: "all", Latest: true, Limit: mostRollouts})
}

// of is the newest rollout in which a station's turn has come; nil when there is none.
// One that was stopped orders nothing.
func of(all []care.Found[Rollout], site protocol.Site) *care.Found[Rollout] {
	for i := range all {
		if v := &all[i].Value; v.State != Stopped && v.turn(all[i].Ref.ID, site) {
			return &all[i]
		}
	}
	return nil
}

// OrderFor is what a station should run; false when nothing was ordered.
func OrderFor(r protocol.Reader, site protocol.Site) (Order, bool, error) {
	all, err := newest(r)
	if err != nil {
		return Order{}, false, err
	}
	found := of(all, site)
	if found == nil {
		return Order{}, false, nil
	}
	o := Order{Rollout: found.Ref.ID, Paused: found.Value.State == Paused || len(found.Heads) > 1}
	o.Release, _, err = care.Read[Release](r, releaseRef(found.Value.Version))
	if errors.Is(err, protocol.ErrNotFound) {
		return Order{}, false, nil // on its way
	}
	return o, err == nil, err
}

// turn reports whether a station's wave was begun. Who is among the first tenth is drawn anew
// for each rollout: not always the same stations meet a fault first.
func (r *Rollout) turn(id care.ID, site protocol.Site) bool {
	for _, w := range r.Waves[:min(r.Open, len(r.Waves))] {
		if slices.Contains(w.Sites, site) || place(id, site) < w.Share {
			return true
		}
	}
	return false
}

// place is 0 to 99.
func place(id care.ID, site protocol.Site) int {
	sum := seal.Sum([]byte("xiangyi wave"), []byte{0}, []byte(id), []byte{0}, []byte(site))
	return int(binary.BigEndian.Uint32(sum[:]) % 100)
}

// Offered reports whether a blob is a release's package: any station may read it.
func Offered(r protocol.Reader, ref string) (bool, error) {
	found, err := care.Collect[Release](r, protocol.Query{Kind: KindRelease, Index: "ref", Match: []string{ref}, Limit: 1})
	return len(found) > 0, err
}

// Packages lists the refs of the packages of the newest releases: what every node of the
// county should have.
func Packages(r protocol.Reader) ([]string, error) {
	found, err := care.Collect[Release](r, protocol.Query{Kind: KindRelease, Index: "all", Latest: true, Limit: 4})
	var out []string
	for _, f := range found {
		out = append(out, f.Value.Blob.Ref)
	}
	return out, err
}
