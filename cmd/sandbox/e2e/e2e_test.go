package e2e

import (
	"testing"

	"xiangyi/cmd/sandbox/county/countytest"
)

// TestMain also runs the county's stand-ins, which are this program once more.
func TestMain(m *testing.M) { countytest.Main(m) }

// TestACountyInABrowser is one county and one browser; its parts build on what stands in the county after open.
func TestACountyInABrowser(t *testing.T) {
	w := open(t)
	for _, part := range []struct {
		name string
		play func(*testing.T, *world)
	}{
		{"a villager", villagers},
		{"the screen", screens},
		{"the village doctor", villageDoctor},
		{"the county's staff", countyStaff},
		{"when something is wrong", mishaps},
		{"every page", everyPage},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(t, w) }) && w.down() {
			t.Fatal("the county is down")
		}
	}
}
