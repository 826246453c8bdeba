// Package broker is the MQTT broker of the building: an embedded nats-server
// that monitors, readers and printers connect to. A PUBACK from it means that
// the message is on this disk (fsynced). It knows devices and their secrets;
// what they measure is intake's business.
package broker
