// Package county is a county on one machine: three nodes, two stations, a hospital, and in each station two
// instruments, two printers, a card reader and a telephone line, all as operating system processes on loopback. It
// chooses their addresses, mints their certificates and secrets, writes their configurations, and pulls their power.
//
// It knows processes, addresses and files. It knows no record, no page and no message: what the processes say to each
// other is their business.
//
// Everything lies under one directory, which a new county wipes:
//
//	plan.json      where everything listens, and who can sign in; kept with --keep, so that addresses stay
//	bin/           the programs
//	trust/         the authority, certificates, secrets
//	<name>.json    the configuration of a process
//	<name>/        its data
//	logs/<name>.log
//
// A process never outlives the county: it is stopped at Close, and on Linux the kernel kills it when the county's own
// process ends in any other way.
package county
