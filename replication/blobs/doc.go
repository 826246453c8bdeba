// Package blobs keeps large bytes (photos, images, reports of others) as sealed chunks by digest, moves them between two
// stores over a line that is cut, and makes room when its budget is used up.
//
// It does not know what a blob shows or whom it concerns: records refer to a blob by its Ref, inside their sealed values.
// DESIGN.md has the formats, the protocol and the recovery.
package blobs
