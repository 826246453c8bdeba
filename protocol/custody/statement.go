package custody

import (
	"time"

	"xiangyi/protocol"
)

// KindStatement is the kind of stations' statements. ID: the site.
const KindStatement protocol.Kind = "sales-statement"

// Statement is what a station says of all that it holds: whatever it used up
// before At stands in its journal before this record. Who holds the statement
// holds that too.
type Statement struct {
	Site protocol.Site `json:"site"`
	At   time.Time     `json:"at"` // by the station's own time, which never goes back
	Rest protocol.Rest `json:",unknown"`
}

// StatementRef names the statement of a station.
func StatementRef(site protocol.Site) protocol.Ref {
	return protocol.Ref{Kind: KindStatement, ID: protocol.ID(site)}
}

// Earlier is the merge rule of two statements of a site that was restored: the
// cautious one stays.
func Earlier(a, b *Statement) *Statement {
	if b.At.Before(a.At) {
		return b
	}
	return a
}
