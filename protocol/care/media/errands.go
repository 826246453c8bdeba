package media

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Errand is a blob that has to travel.
type Errand struct {
	Ref string
	Up  bool // from the station that took the photo; else down, or to the next node
}

// lately is how far back a host looks for photos that it does not have.
const (
	lately      = 90 * 24 * time.Hour
	mostErrands = 500
)

// Errands lists what a host should have or pass on: a station what it took and
// the county does not hold yet, the oldest first; then every host the photos of
// the last months that the county holds, the newest first. Site is empty in the
// county. What is there already is the caller's to know.
func Errands(r protocol.Reader, site protocol.Site) ([]Errand, error) {
	var out []Errand
	if site != "" {
		waiting, err := care.Collect[Media](r, protocol.Query{Kind: Kind, Index: "site", Match: []string{string(site), string(Waiting)}, Limit: mostErrands})
		if err != nil {
			return nil, err
		}
		for _, f := range waiting {
			out = append(out, Errand{f.Value.Blob.Ref, true})
		}
	}
	held, err := care.Collect[Media](r, protocol.Query{Kind: Kind, Index: "state", Match: []string{string(Held)}, From: r.Now().Add(-lately), Latest: true, Limit: mostErrands})
	for _, f := range held {
		if f.Value.Site != site && f.Value.Fault == nil {
			out = append(out, Errand{f.Value.Blob.Ref, false})
		}
	}
	return out, err
}

// Carries finds the photos that a blob belongs to and that a station may carry:
// those that it took, and for reading also those of people whom it looks after.
// None: the station has nothing to ask.
func Carries(r protocol.Reader, site protocol.Site, ref string, reading bool) ([]care.ID, error) {
	found, err := care.Collect[Media](r, protocol.Query{Kind: Kind, Index: "ref", Match: []string{ref}})
	if err != nil {
		return nil, err
	}
	var out []care.ID
	for _, f := range found {
		may := f.Value.Site == site
		if !may && reading {
			if may, err = looksAfter(r, site, f.Value.Person); err != nil {
				return nil, err
			}
		}
		if may {
			out = append(out, f.Ref.ID)
		}
	}
	return out, nil
}

func looksAfter(r protocol.Reader, site protocol.Site, person care.ID) (bool, error) {
	f, _, err := care.Read[protocol.Follow](r, protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(site) + "." + person})
	if errors.Is(err, protocol.ErrNotFound) {
		return false, nil
	}
	return !f.Ended && (f.Until.IsZero() || f.Until.After(r.Now())), err
}
