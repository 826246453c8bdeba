// Package storm has stations send to a county of three real processes while its
// leader is killed, stopped, parted from the others and its disk filled, and then
// looks whether every promise was kept: each Change with a receipt stands in each
// node's records exactly once, nothing stands there twice, the nodes' states are
// equal, and what was answered could have been answered by one county that does
// one thing after the other (porcupine judges that).
//
// It knows the county from outside: processes, their doors, their files. The
// faults follow from a seed, when they strike follows from the machine.
package storm
