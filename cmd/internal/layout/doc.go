// Package layout holds the tests that keep the house in order: who may import
// whom, where each library lives, that every package says what it is, and how
// long a file or a function may become. They say the reason when they fail.
package layout
