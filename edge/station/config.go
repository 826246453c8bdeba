package station

import (
	"crypto/tls"
	"io"
	"log/slog"
	"time"

	"xiangyi/edge/broker"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// Config of a station.
type Config struct {
	Site  protocol.Site
	Name  string // as people call it
	Dir   string
	Kiosk string // address of the patient's screen
	Desk  string // address of the doctor's screen
	Ops   string // address of health and status
	MQTT  string // address of the building's broker

	County    []string // the county's nodes
	TLS       *tls.Config
	Secrets   seal.Secrets
	CountyKey seal.PublicKey

	Devices     []Device
	Instruments []Instrument // at serial ports and on TCP
	Terminal    care.ID      // of the kiosk's screen
	Theme       string
	Check       string  // where anybody can check a paper's code: "https://health.example"; empty: the code says only its path
	WidthPx     int     // of the kiosk's panel
	WidthMM     float64 //
	Slips       string  // slip printer, host:port; empty: none
	Pages       string  // page printer, URL; empty: none
	Reader      string  // ID card reader, host:port; empty: none

	Updates Updates

	BlobBudget int64 // bytes of photos kept here; 0 for 8 GiB

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Device is an instrument and where it stands.
type Device struct {
	broker.Device
	Terminal care.ID
}
