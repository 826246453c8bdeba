// Package exam is the service of measured vital signs: blood pressure, pulse,
// respiration, temperature, oxygen and what else a station's instruments send.
//
// One message of an instrument is one Observation: it names the person, the
// instrument, the place and the times by itself, so that it leaves a station
// first and depends on nothing. A reading belongs to whoever pressed 开始测量
// at that terminal; where nobody did, it is held for the village doctor and
// never guessed. What an instrument sends is kept as it came: impossible values
// are marked and left out of averages and charts, alarming ones are never
// dropped for being alarming.
//
// A reading is never overwritten with another: a mistake is marked as entered
// in error, a reading of the wrong person is filed anew for the right one, and
// both traces stay.
//
// People may always look at their own readings. A new measurement, and staff
// who look or type one in, need the person's consent.
//
// It does not know how instruments speak (devices, edge/intake) or who stands
// at a terminal (identity).
package exam
