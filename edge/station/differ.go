package station

import (
	"context"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/quarantine"
	"xiangyi/replication"
)

// differed tells people that this station's records and the county's were not
// equal, and what came of it.
func (s *Station) differed(ctx context.Context, d replication.Difference) {
	input, err := protocol.Encode(quarantine.Found{Scopes: d.Scopes, Fetched: d.Fetched, Offered: d.Offered,
		Foreign: d.Foreign, Resummed: d.Resummed, Walk: d.Walk})
	if err == nil {
		_, err = s.engine.Do(ctx, care.Request{Actor: care.Machine("uplink"), Name: quarantine.Differ, Input: input})
	}
	if err != nil {
		s.Log.Error("a difference from the county is not noted", "err", err)
	}
}
