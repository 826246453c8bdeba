// Package sms sends people the notices that they want as short messages. It
// follows the records of kind notice, which hold text and person, and hands
// each once to a Messenger, which knows a carrier. It does not know what the
// notices are about; their texts hold no diagnosis, result or department.
//
// One notice is one message, whoever wrote it twice (two stations without a
// line may) and however often a leader dies: the delivery is marked before it
// is sent, and after a crash the messenger is asked. One that cannot be asked
// leaves the message in doubt, for a person, rather than sending it again.
package sms
