// Package conflict ends what places wrote apart. A record with several heads
// is merged by its kind's rule, or becomes a task for a person with both
// values side by side. Until then both stay, and safety reads take the
// cautious one. It does not know what any record means: the rules come from
// the services.
package conflict
