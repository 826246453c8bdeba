// Package seal is the one home of national cryptography: SM2 signatures, SM3 digests and MACs, SM4-GCM sealing, and the
// Keyring that hands out the keys of one site.
//
// It is pure: randomness is handed in as an io.Reader, it reads no clock, and it stores nothing. It does not know what is
// inside the bytes that it seals, who may open them, or where keys are kept while the power is off.
//
// Standards: SM2 GB/T 32918 (signatures in DER with the default user id of GM/T 0009), SM3 GB/T 32905, SM4 GB/T 32907,
// GCM as in RFC 8998 and GB/T 36624.
//
// Everything that this package derives (keys, salts, tokens) is written to disk or compared between sites in some form, so
// the derivations are frozen by known answers in the tests. Changing one makes stored data unreadable.
package seal
