// Package station is one village health station: it opens the store, the
// broker, the screens, the printers and the line, runs them, and closes them.
// Everything that can be done inside works without the line. The network is
// never fatal here; a failed write always is: the process ends, and begins
// again from what is true.
package station
