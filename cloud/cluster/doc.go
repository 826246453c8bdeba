// Package cluster is one node of the county: ledger, gateway, portal, the
// followers that run while it leads, and their life together. It decides
// nothing about care; it opens what the others are made of, runs it, and
// closes it.
package cluster
