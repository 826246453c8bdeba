// Package care is the kit that every service is made of: Service, Action, View
// and the Engine, which is the only door to the records. It knows roles,
// consent, purposes and idempotency; it does not know any service.
//
// A service is a folder beside this file: its records, its actions, its views,
// its merge rules and its screens. Read appointment first; the others look
// like it.
package care
