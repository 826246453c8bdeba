// Package link is a station's line to the county: two nats.go client
// connections that we dial ourselves over TLS, one for what is urgent or
// clinical, one for the rest. A link carries one request and its answer; it
// buffers nothing, retries nothing and remembers nothing. Whoever asks keeps
// what must not be lost and asks again.
package link
