package identity

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Initial gives what a county begins with: the consent texts that this software
// ships. Doing it twice changes nothing.
func Initial() []care.Request {
	var out []care.Request
	for _, p := range purposes {
		f := shipped[p]
		out = append(out, request(care.Machine("setup"), "identity.publish-form", &f, "initial/consent-form/"+string(p)+"/"+f.Version))
	}
	return out
}

// request is an action with an input that always encodes.
func request(who protocol.Actor, name protocol.ActionName, in any, key string) care.Request {
	raw, err := protocol.Encode(in)
	if err != nil {
		panic(err) // the inputs are ours
	}
	return care.Request{Actor: who, Name: name, Input: raw, Key: key}
}
