// Package media is the service of photos that a village doctor takes for a
// resident's record: a wound, a rash, a page from another hospital. (FHIR R4
// Media.)
//
// A record says whose photo it is, who took it and what it shows; the bytes
// stand beside it as a blob and travel by themselves, behind all records. So
// there are two receipts, and they are told apart: the record's, and the
// photo's, which is "held" when a majority of the county's nodes has every byte
// on its disk. A photo is never changed; one of the wrong person is marked as
// entered in error and is not shown any more.
//
// It does not know where bytes are kept or how they travel (replication/blobs).
package media
