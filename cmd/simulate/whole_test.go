package simulate

import "testing"

func TestAWholeCountyHolds(t *testing.T) { Whole(t, 1, 3) }
