// Package delivery keeps what far sides (the hospital, a platform, the
// messenger) said of what was sent to them: the receipts A2. Connectors write
// it; people see what is parked or in doubt and let it be tried again. It does
// not know what any far side speaks.
package delivery
