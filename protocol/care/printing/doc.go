// Package printing keeps the state of paper: which slip or report was asked
// for, how far the printer got with it, and what to do when nobody knows. It is
// what pages show while a printer works, and the queue that survives a station
// that is switched off in the middle.
//
// It knows no printer and no document. Whoever drives the printers writes what
// they said; people press 再打一张, and say whether a sheet came out when the
// printer could not.
//
//	queued → printing → printed
//	   ↑        │ ├──→ waiting-paper, waiting-printer → printing
//	   └────────┤ ├──→ in-doubt   the bytes left, the printer never confirmed
//	            │ └──→ failed     nothing will come out
//	            └ not taken
//
// A job is one sheet of paper: printing it once more after a doubt is another
// job with a copy number, so that two sheets never pass for one.
package printing
