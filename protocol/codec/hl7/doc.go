// Package hl7 reads and writes HL7 version 2 messages (2.3 to 2.9 in vertical-bar form), their acknowledgements, and the MLLP
// frames around them.
//
// Bytes become Unicode first, by MSH-18, and are split afterwards: the second byte of a character in GB 18030 can be one of the
// delimiters | ^ ~ \. What a message means (which result, whose, from what instrument) is not known here, and nothing is read
// from or written to a network.
//
// Input comes from strangers: it is bounded in size and number of parts, and refused with an *Error that says where, never
// what. Messages are tolerated as the field sends them: LF or CR LF for CR, fields missing at the end, segments nobody knows.
package hl7
