// Package card is a reader for identity cards that does not exist: it speaks SDT, the protocol of such readers, over TCP,
// and a check or a person lays invented cards on it and takes them away.
//
// It is an outsider: it shares no code with the product and builds its frames and cards by itself. It does not know who
// asks, nor why.
//
// The state is that of a reader: a card that lies there is found (9F) until it was read; then the reader finds none (80)
// until the card was lifted and laid down again. While it lies there it can be read again, unless the reader Forgets.
//
// Admin (JSON over HTTP, loopback): POST /place {"name","number","sex","ethnic","birth","address","issuer","from","to"},
// of which name and number are required and the others follow from them; POST /remove; GET /state; POST /faults
// {"garbage":n,"checksum":n,"mute":bool,"forgets":bool}: so many of the next answers have garbage in front, or a wrong
// check byte.
package card
