// Package hospital is a stand-in county hospital: it owns slots, sells some at its own counter, takes bookings from the
// county, and sends lab reports, all by HL7 v2.5.1 over MLLP. It can act and lose its acknowledgement, be slow, be away,
// and be killed and started again over its file.
//
// It is an outsider: it shares no code with the product and knows the county by the messages below only.
//
// # Conformance
//
// MLLP: 0B, message, 1C 0D; one message at a time on a connection, which may stay open. Segments end with CR; LF and
// CR LF are taken. Delimiters are |^~\& and escapes \F\ \S\ \T\ \R\ \E\. MSH-18 is UNICODE UTF-8 or GB 18030-2000; empty
// is UTF-8 if the bytes are, else GB 18030. An answer has the charset of its question. Times are YYYYMMDDHHMMSS+ZZZZ.
// "Required" means AE with ERR-3 101 when absent. Fields that are not named are ignored.
//
// Every message: MSH-3 sender, MSH-9 type, MSH-10 control id (required; AR 101 without), MSH-11 P, MSH-12 2.5.1 (2.4 to
// 2.5.1 are taken, else AR 203). Every answer: MSA-1 AA, AE or AR; MSA-2 = MSH-10 of the question; and with AE or AR
//
//	ERR-2 where (SEG^1^field), ERR-3 code^text^HL70357, ERR-4 E, ERR-8 text for a person
//
// AE: do not send again unchanged. AR, or no answer: send again later. A repeat with the same MSH-3 and MSH-10 gets the
// same answer and has no second effect.
//
// # The county asks for a booking: SRM^S01, S03, S04 → SRR
//
//	MSH   9 = SRM^S01^SRM_S01 | SRM^S03^SRM_S01 | SRM^S04^SRM_S01
//	ARQ   1 placer appointment id (required, the same for every message about this booking)
//	      11 start^end (used for a slot that the hospital did not know)
//	PID   3 id^^^authority^type, the resident identity number with type NI, or the county's person id with type PI
//	        (one is required for S01); 5 name, whole in the first component; 7 birth date, 8 sex: optional
//	RGS   1 = 1
//	AIG   3 slot id (required for S01 and S03; for S03 the slot to move to)
//	AIL   3 department id^^^^^^^^name: optional
//	AIP   3 doctor id^name: optional
//
// SCH in place of ARQ is taken too (1, and 11 with the start in component 4). The answer is SRR with the trigger of the
// question:
//
//	MSH   9 = SRR^S01^SRR_S01 (…)
//	MSA   AA | AE | AR
//	ERR   with AE, AR: 101 field missing; 204 no such slot or no such appointment; 205 the slot is taken by someone else, or
//	      the placer id already stands for another slot (use S03)
//	SCH   with AA: 1 placer id, 2 filler id (the hospital's number), 6 reason, 11 ^^minutes^start^end, 25 Booked | Cancelled
//	RGS, AIG   with AA: AIG-3 the slot
//
// Bookings are known by ARQ-1: S01 again for the same slot gives the same filler id, in whatever message. S01 again after
// S04 gives AA with 25 = Cancelled and books nothing. S03 keeps the filler id; the slot it leaves is free for the county
// again. S04 again gives AA and Cancelled.
//
// # The county asks before it repeats: SQM^S25 → SQR^S25
//
//	MSH   9 = SQM^S25^SQM_S25
//	QRD   4 query id (required)
//	ARQ   1 placer appointment id (required)
//
//	MSA   AA
//	QAK   1 query id, 2 OK | NF (never heard of it: it is safe to send the booking)
//	SCH, RGS, AIG   with OK, as above
//
// # Slots kept for the county: SIU^S23, S24, both ways → ACK
//
//	MSH   9 = SIU^S23^SIU_S12 (blocked: kept for the county, the counter will not sell it) | SIU^S24^SIU_S12 (no longer)
//	SCH   2 filler id, empty; 6 BLOCK | UNBLOCK; 11 ^^minutes^start^end; 25 Blocked | Started
//	RGS   1 = 1
//	AIG   3 slot id;  AIL 3 department id^^^^^^^^name;  AIP 3 doctor id^name
//
// From the county S23 asks the hospital to keep a slot; AA is the confirmation that it is kept, AE 205 says that it is
// sold or booked, AE 204 that there is no such slot (never when the hospital was opened with Adopt). From the hospital it
// tells of slots kept by its own decision. SIU^S12 from the hospital, with an empty SCH-1 and without PID, tells that the
// counter sold a slot.
//
// # Reports: ORU^R01 → ACK, from the hospital to the county
//
//	MSH   9 = ORU^R01^ORU_R01, 18 UNICODE UTF-8 | GB 18030-2000
//	PID   3 resident identity number^^^MPS^NI, or the county's person id^^^XY^PI, or both as repetitions; 5 name; 7, 8
//	ORC   1 RE, 2 placer order number (may be empty), 3 report id
//	OBR   1 = 1, 2 placer order number, 3 report id, 4 service code^name^L, 7 time of the observation, 22 time of the
//	      report, 24 LAB, 25 status F | P | C | X, 32 reviewer id&name (CNN in the first component)
//	OBX   1 n, 2 NM | ST, 3 item code^name^L, 5 value, 6 unit^^UCUM, 7 range, 8 flag (H L HH LL A N or empty), 11 status,
//	      14 time of the observation
//	NTE   3 comment, if there is one
//
// The same report is sent with the same MSH-10 until AA. AE parks it (it is kept, with the reason, and not sent again);
// AR and silence are tried again after 1 s, 2 s, … 30 s. Nothing behind a parked message waits.
//
// # Admin (JSON over HTTP, loopback)
//
//	GET  /bookings, /slots, /messages (what was heard, without persons), /outbox
//	POST /lose-next-ack          the next SRM is acted upon and its connection closed without an answer
//	POST /report                 a Report; answers {"control"} when it is queued
//	POST /sell, /block, /unblock {"slot":"…"}
//	POST /slots                  a Slot to add to the list
//	POST /away                   {"away":bool,"slowMs":n}
package hospital
