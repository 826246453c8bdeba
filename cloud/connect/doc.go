// Package connect takes what happened in the county to the systems of others,
// and keeps what they said of it. A Connector knows one far side; the Loop
// knows patience: it runs on the leader only, follows the feed from where it
// stopped, writes down that it is about to send before it sends, and asks
// before it repeats. One item that a far side refuses is parked where a person
// sees it, and nothing behind it waits.
//
// What may go wrong at which moment, and what follows:
//
//	the far side cannot be reached      nothing is written; all items wait, longer each time
//	after "sent", before sending        the next leader asks; never heard of, so it is sent
//	the answer is lost                  asked; if it acted, its answer is taken and nothing is sent
//	it answers "not now"                this item waits; the others go on
//	it refuses                          parked, with its reason, until a person lets it be tried again
//	it cannot be asked                  in doubt, until a person says so
//	our own record makes no message     parked after a few tries
//	before the receipt is written       asked, acted upon and written again: both do nothing twice
package connect
