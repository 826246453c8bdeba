package simulate

// Profile says how hard the world is. Weights are in proportion to a station's
// work, which has 220; chances are in a thousand.
type Profile struct {
	Name      string
	Kill      int // weight: processes end
	Partition int // weight: nodes of the county are cut off
	Clock     int // weight: clocks are set
	Clone     int // weight: disks are copied and put back
	Lose      int // weight: disks forget what they had synced
	Full      int // weight: disks fill
	Slots     int // of a hundred errands, those about slots alone

	Drop   int // chance that a message is lost, there or back
	Repeat int // chance that it comes twice
	Cut    int // chance that a connection breaks, with all that is under way
	Tear   int // chance that a write ends a process, before, within or after it
	Skew   int // chance that a program that starts is of the other release
}

// Profiles are those that there are.
var Profiles = []Profile{
	{Name: "calm", Drop: 5},
	{Name: "harsh", Kill: 12, Partition: 25, Drop: 150, Repeat: 80, Cut: 60, Tear: 4, Skew: 200},
	{Name: "power", Kill: 40, Partition: 10, Clone: 4, Lose: 10, Drop: 40, Repeat: 20, Cut: 20, Tear: 30},
	{Name: "clock", Kill: 10, Partition: 15, Clock: 40, Drop: 40, Cut: 20, Tear: 4},
	{Name: "custody", Kill: 8, Partition: 20, Clock: 50, Drop: 100, Repeat: 40, Cut: 40, Tear: 2, Slots: 95},
	{Name: "disk", Kill: 10, Partition: 5, Clone: 3, Lose: 6, Full: 40, Drop: 40, Cut: 20, Tear: 15},
}

// Named finds one.
func Named(name string) (Profile, bool) {
	for _, p := range Profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}
