// Package hospitaltest holds the tests of the county's join to its hospital
// against the stand-in hospital of the sandbox, which shares no code with it:
// over real connections, with lost answers, absences and restarts on both
// sides. Only cmd may see both.
package hospitaltest
