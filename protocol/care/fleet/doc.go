// Package fleet is the service of the stations' programs: which releases there are,
// which rollout brings one to which stations in which wave, and what each station
// runs. Operators decide; each station works out from the same records what it should
// run, and says how far it came. It does not know how a program is fetched, installed
// or started.
package fleet
