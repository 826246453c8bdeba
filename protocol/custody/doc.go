// Package custody is how something that only one may have is handed out where
// nobody can be asked: an appointment slot, a range of numbers, later a drug on
// a shelf. The county lends it to a site until a cut-off; the site uses it up by
// itself, without a line; what is left comes back, by itself, and only when the
// county can know that nothing of it was used up meanwhile.
//
// A kind of records takes part by embedding a Term in its value, by KindSpec.Custody,
// and by asking here before it acts. What a record is worth, and what is said to
// people, is the kind's own. The store keeps the other half: it lets nobody write
// a record but its custodian, or the county by raising the fence.
//
// Whatever uses a record up, gives it back or states what was used goes in one lane,
// the administrative one: only within a lane does a statement stand behind what it
// states.
package custody
