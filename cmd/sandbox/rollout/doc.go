// Package rollout tries an update of a station from end to end: three nodes, a supervised
// station and an operator's browser, all real. It knows what a browser shows and what
// stands on the station's disk, and nothing of how an update travels.
package rollout
