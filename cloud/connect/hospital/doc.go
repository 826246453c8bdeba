// Package hospital joins the county hospital by HL7 v2.5.1 over MLLP: it takes
// bookings and cancellations to the hospital, has slots kept for the county,
// and takes reports and the counter's sales from it. It knows HL7 and the
// records of appointment and report; patience, receipts and order are
// connect's.
//
// Outgoing (Hospital), answered one by one on one connection:
//
//	SRM^S01 book, SRM^S04 cancel   ARQ-1 is the appointment's identifier, for ever the same
//	SQM^S25                        asked before anything is sent a second time
//	SIU^S23                        keep a slot for the county
//
// Only departments that sell by the hospital's own system are told of; the
// others' bookings never become "delivered", for nobody said yes to them.
//
// Incoming (Inbox) on the county's own MLLP address, on every node,
// acknowledged after the commit:
//
//	ORU^R01        reports, one for each report number
//	SIU^S12        the counter sold a slot: it leaves the pool
//	SIU^S23, S24   a slot is kept for us: it goes on sale; or no longer: it leaves the pool
//
// AA: stored. AE: can never be taken as it is; ERR-8 says what to do. AR: not
// now (no leader, no quorum): the same message again later. A repeat of a
// message has no second effect; a control id that comes back with another
// content is another message, for hospitals count from 1 again after a restart.
package hospital
