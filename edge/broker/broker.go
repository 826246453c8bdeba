package broker

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"xiangyi/protocol"
)

// Device is one that may connect: its name is its MQTT user name and a level
// of its topics.
type Device struct {
	Name   string // [A-Za-z0-9_-]{1,64}
	Secret string // its MQTT password
}

// Config of a broker.
type Config struct {
	Site    protocol.Site
	Dir     string // JetStream's files
	Host    string // address to listen on; "127.0.0.1" on a desk, the building's network in a station
	Port    int    // 0 chooses one
	Devices []Device
	Intake  Device // the station's own reader of everything
	Log     *slog.Logger
}

// Broker is a running one.
type Broker struct {
	srv  *server.Server
	auth *gate
	addr string
}

// maxPayload bounds a device's message. A spot check is under 1 KiB.
const maxPayload = 64 << 10

// Open starts the broker and waits until it takes connections.
func Open(c Config) (*Broker, error) {
	auth := &gate{site: c.Site, intake: c.Intake, devices: map[string]string{}}
	auth.admit(c.Devices)
	opts := &server.Options{
		ServerName: "station-" + string(c.Site), DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: c.Dir, SyncAlways: true,
		JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 512 << 20,
		MaxPayload: maxPayload, MaxControlLine: 4096,
		CustomClientAuthentication: auth,
	}
	// An unacknowledged reading comes again after AckWait: long enough for a
	// commit, short enough that a restarted station does not keep people waiting.
	opts.MQTT = server.MQTTOpts{Host: c.Host, Port: c.Port, AckWait: 3 * time.Second, MaxAckPending: 256, AuthTimeout: 5}
	if c.Port == 0 {
		opts.MQTT.Port = server.RANDOM_PORT
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	srv.SetLogger(logger{c.Log}, false, false)
	srv.Start()
	if !srv.ReadyForConnections(20 * time.Second) {
		srv.Shutdown()
		return nil, fmt.Errorf("broker: not ready on %s:%d after 20 s (is the port taken?)", c.Host, c.Port)
	}
	// The server writes the port that it was given into its options.
	return &Broker{srv, auth, net.JoinHostPort(c.Host, strconv.Itoa(opts.MQTT.Port))}, nil
}

// Addr is where devices connect.
func (b *Broker) Addr() string { return b.addr }

// Admit replaces the list of devices. Those that lost their place are refused
// at their next connection.
func (b *Broker) Admit(devices []Device) { b.auth.admit(devices) }

// Refused counts connections with an unknown name or a wrong secret, by name.
func (b *Broker) Refused() map[string]int { return b.auth.refusals() }

// Close stops it and waits.
func (b *Broker) Close() {
	b.srv.Shutdown()
	b.srv.WaitForShutdown()
}

// gate decides who may connect and to which topics. It replaces the server's
// own users, so a device can be added without a restart.
type gate struct {
	site   protocol.Site
	intake Device

	mu      sync.Mutex
	devices map[string]string
	refused map[string]int
}

func (g *gate) admit(devices []Device) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.devices = map[string]string{}
	for _, d := range devices {
		g.devices[d.Name] = d.Secret
	}
}

func (g *gate) refusals() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[string]int{}
	for k, n := range g.refused {
		out[k] = n
	}
	return out
}

// Check implements server.Authentication.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username == g.intake.Name && same(o.Password, g.intake.Secret) {
		c.RegisterUser(&server.User{Username: o.Username})
		return true
	}
	g.mu.Lock()
	secret, known := g.devices[o.Username]
	ok := known && same(o.Password, secret)
	if !ok {
		g.count(o.Username)
	}
	g.mu.Unlock()
	if ok {
		c.RegisterUser(&server.User{Username: o.Username, Permissions: g.may(o.Username)})
	}
	return ok
}

// count remembers who was refused, for at most 64 names: a stranger's names
// must not fill the memory.
func (g *gate) count(name string) {
	if g.refused == nil {
		g.refused = map[string]int{}
	}
	if _, known := g.refused[name]; !known && len(g.refused) >= 64 {
		name = "(others)"
	}
	if len(name) > 64 {
		name = name[:64]
	}
	g.refused[name]++
}

// may is what a device may do: publish under its own name, hear its commands.
func (g *gate) may(device string) *server.Permissions {
	own := strings.Join([]string{"xiangyi", "v1", string(g.site), device}, ".")
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{own + ".>"}},
		Subscribe: &server.SubjectPermission{Allow: []string{own + ".cmd.>", "$MQTT.sub.>", "$MQTT.deliver.>"}},
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// logger passes the server's own words on.
type logger struct{ *slog.Logger }

func (l logger) Noticef(format string, v ...any) {}
func (l logger) Debugf(format string, v ...any)  {}
func (l logger) Tracef(format string, v ...any)  {}
func (l logger) Warnf(format string, v ...any)   { l.Warn("broker: " + fmt.Sprintf(format, v...)) }
func (l logger) Errorf(format string, v ...any)  { l.Error("broker: " + fmt.Sprintf(format, v...)) }
func (l logger) Fatalf(format string, v ...any)  { l.Error("broker: " + fmt.Sprintf(format, v...)) }
