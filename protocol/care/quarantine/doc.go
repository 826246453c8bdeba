// Package quarantine shows what the county received and could not take, and
// where a station's records differed from the county's. People let a parked
// entry be tried again, after an update or a mended kind, or set it aside for
// good with a reason. The host that keeps the ledger writes what is parked and
// does what was asked for; this package knows nothing of what an entry says.
package quarantine
