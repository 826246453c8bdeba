// Package hospital joins the county hospital by HL7 v2.5.1 over MLLP: it takes
// bookings, changes and cancellations to the hospital, has slots kept for the
// county, and takes reports and counter sales from it. It knows HL7 and the
// records of appointment and report; patience, receipts and order are
// connect's.
//
// Outgoing, answered one by one on one connection:
//
//	SRM^S01 book, SRM^S04 cancel   ARQ-1 is the appointment's identifier, for ever the same
//	SQM^S25                        asked before anything is sent a second time
//	SIU^S23                        keep a slot for the county
//
// Incoming on the county's own MLLP address, acknowledged after the commit:
//
//	ORU^R01 a report               SIU^S12 the counter sold a slot      SIU^S23, S24 a slot is kept, or no longer
package hospital
