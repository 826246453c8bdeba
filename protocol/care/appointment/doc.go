// Package appointment books visits: departments and doctors, weekly templates
// that become sessions, sessions that become slots, slots that become
// appointments with a number, and the queue on the day. It knows nothing of
// other services, of the hospital's system or of printers: a connector and a
// printer follow what it wrote.
//
// # A slot is never sold twice
//
// A slot is a record with custody: the site that holds it sells it, nobody
// else. The county holds every slot at first. A scheduler grants some of them
// to a station, with a cut-off; the station sells them with the line down. The
// proof has four parts, each one file:
//
//   - one slot, one appointment: book reads the slot by name and writes it in
//     the same Change as the appointment (book.go);
//   - a station sells only what it holds, only while the cut-off is ahead of
//     the latest time that its clock may mean, and never by a suspect clock
//     (custody.go);
//   - after the cut-off the station gives back what it did not sell, by itself,
//     in the journal behind its last sale (settle.go). The county never guesses
//     that a silent station sold nothing: reclaim waits for the station's own
//     statement that its sales up to the cut-off are in (fence.go);
//   - who cannot wait takes a slot by force, which raises its fence: a
//     supervisor's act, with a reason. A sale that arrives from behind the fence
//     counts no more, and the person gets a notice with an apology and the
//     scheduler a task, never silence (displace.go).
//
// A slot of a hospital that sells by its own system is blocked until the
// hospital confirmed that it keeps it for us (hospital.go). What cannot be sold
// here can be asked for (request.go); such a slip says requested.
//
// # What else must hold
//
// One appointment a person and session is a record too (guard.go). Numbers are
// counted by each site for itself (number.go). A stopped session tells everybody
// who is booked, whenever their booking arrives (stop.go, follow.go). The queue
// is one record a session whose merge is a union (queue.go).
//
// Start with book.go, then custody.go; views are in views_*.go, the pages that
// show them in screens/.
package appointment
