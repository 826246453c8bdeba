// Package week holds one test: seven days at a village station without a line,
// with people who come and go, staff who take turns and a process that dies,
// played in simulated time through the pages that people see.
package week
