// Package catalogue knows what is offered and where: the service items of the
// county with their life from draft to offline (G5.1), the terminals that
// people stand at with their owner, their abilities and their look (C4.a,
// G5.2), and the organisations that give care.
//
// The records' shapes live in care (Item, Terminal, Organisation), because
// every service asks whether its item is open; this package owns who may change
// them. All changes are made in the county, so these records have one writer
// and never conflict; stations follow them.
//
// It does not know what an item does: taking one offline hides its tiles and
// lets other services refuse new cases, while those under way are finished.
package catalogue
