// Package paper is a printer stand-in: a receipt printer that takes ESC/POS on TCP and a page printer that takes PDF by
// IPP 1.1. It prints into a directory and into memory, so that a check can read what came out, and can be put out of
// paper, opened, jammed, taken offline, made mute or switched off.
//
// It is an outsider: it shares no code with the product, and knows printers by their manuals only. It does not know who
// prints, nor why.
//
// Slip printer. DLE EOT 1–4 is answered at once, in any condition but Off and Mute; everything else waits in the
// printer's buffer while there is no paper and comes out when paper is put in, once. GS r 1 is answered in its turn.
// A slip ends at a cut, or when the connection ends. Off loses the buffer.
//
// Page printer. Print-Job, Validate-Job, Get-Printer-Attributes, Get-Job-Attributes, Get-Jobs and Cancel-Job at any
// path. A job that cannot print stays pending with job-state-reasons printer-stopped, and completes once when it can.
//
// Admin (JSON over HTTP, loopback): GET /slips, GET /pages, GET /jobs, and POST /condition
// {"printer":"slip"|"page","paper":"ok"|"low"|"out","cover":bool,"jam":bool,"offline":bool,"mute":bool,"off":bool},
// POST /lose-next-reply (the page printer takes the next job and breaks the connection).
package paper
