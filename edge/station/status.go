package station

import (
	"fmt"
	"net/http"
	"time"

	"xiangyi/edge/intake"
	"xiangyi/protocol"
	"xiangyi/protocol/host/ops"
)

// Status is how a station stands.
type Status struct {
	Site        protocol.Site   `json:"site"`
	Incarnation string          `json:"incarnation"`
	Lanes       []Lane          `json:"lanes"`
	Position    protocol.Cursor `json:"position"` // of the ledger, up to which it heard
	Digest      string          `json:"digest"`   // over its scopes
	Compared    bool            `json:"compared"` // with the county's, at this position
	Equal       bool            `json:"equal"`
	Waiting     uint64          `json:"waiting"`         // Changes that the county does not hold
	Oldest      time.Time       `json:"oldest,omitzero"` // of those
	Line        bool            `json:"line"`
	Heard       time.Time       `json:"heard,omitzero"` // when the county was heard last, since the start
	Alarm       string          `json:"alarm"`
	Parked      int             `json:"parked"`
	Records     protocol.Cursor `json:"records"` // Changes that this station knows of
	Devices     []intake.Device `json:"devices"`
	Head        HeadState       `json:"head"` // of the county's proof log
	Clock       Clock           `json:"clock"`
	Machine     ops.Machine     `json:"machine"`
}

// Clock is how far the station's clock may be trusted.
type Clock struct {
	Suspect bool    `json:"suspect"` // nothing in the station's custody is sold
	Off     float64 `json:"off_s"`   // at most
}

// Lane is one lane of the present incarnation.
type Lane struct {
	Tail protocol.Seq `json:"tail"`
	Held protocol.Seq `json:"held"`
}

// verify walks this station's whole journal: every value against its
// commitment, every Change against the hash chain.
func (s *Station) verify(w http.ResponseWriter, r *http.Request) {
	if err := s.store.Verify(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"whole":true}`)) // the reader may have gone
}

// Status gathers it.
func (s *Station) Status() (Status, error) {
	line := s.uplink.State()
	host, err := s.host.Machine()
	if err != nil {
		return Status{}, err
	}
	st := Status{Site: s.Site, Machine: host, Heard: line.Heard, Head: s.heads.state(), Incarnation: fmt.Sprintf("%016x", uint64(s.store.Incarnation())), Line: line.Up,
		Compared: line.Fresh.Compared, Equal: line.Fresh.Equal, Records: s.store.Last(), Devices: append(s.intake.Devices(), s.measured.Known(s.registry.States())...)}
	c := s.clock.State()
	st.Clock = Clock{c.Suspect, c.Error.Seconds()}
	if a, ok := s.store.Alarm(); ok {
		st.Alarm = string(a.Code)
	}
	for lane := range protocol.Lane(protocol.Lanes) {
		tail, _, err := s.store.Tail(lane)
		if err != nil {
			return st, err
		}
		held, err := s.store.Held(lane)
		if err != nil {
			return st, err
		}
		st.Lanes = append(st.Lanes, Lane{tail, held})
	}
	if st.Position, err = s.store.Position(); err != nil {
		return st, err
	}
	sum, _, err := s.store.Digest()
	if err != nil {
		return st, err
	}
	st.Digest = fmt.Sprintf("%016x", uint64(sum))
	waiting, err := s.store.Waiting()
	for lane, n := range waiting.Count {
		st.Waiting += n
		if at := waiting.Oldest[lane]; at != 0 && (st.Oldest.IsZero() || at.Time().Before(st.Oldest)) {
			st.Oldest = at.Time()
		}
	}
	parked, err2 := s.store.Parked()
	st.Parked = len(parked)
	if err == nil {
		err = err2
	}
	return st, err
}
