// Package week holds one test: seven days at a village station without a line,
// with villagers who come and go, a doctor at the desk, printers that fail and a
// process that is started again, played in simulated time through the pages that
// people see.
package week
