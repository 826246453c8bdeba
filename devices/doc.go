// Package devices is what all instruments have in common: a Reading and what
// comes with it. Each family has a folder of its own below, which holds its
// frames, its simulator and its recorded bytes; the package of a family imports
// this one, frame and sim, never another family.
//
// A reading carries what the instrument said, digits included: 4.876 kg stays
// 4.876. What it did not say is an absent reading with a reason, never a zero.
package devices
