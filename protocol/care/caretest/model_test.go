package caretest_test

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care/caretest"
	"xiangyi/replication/store/storetest"
)

// The services' scripts run on the model: it must keep the contract that the
// real stores keep.
func TestTheModelKeepsTheContractOfAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, kinds []protocol.KindSpec) protocol.Store {
		return caretest.NewModel("v01", 1, append(protocol.BaseKinds(), kinds...), time.Now)
	})
}
