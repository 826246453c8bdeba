package raw9100

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"
)

// fake is a receipt printer that follows a script: what it answers to each question and how it behaves.
type fake struct {
	answers func(n byte, after bool) []byte // after: the slip has been received
	fence   []byte                          // answer to GS r 1; nil = none
	drop    int                             // close the connection once so many bytes of the slip came; 0 = never

	mu   sync.Mutex
	slip bytes.Buffer
	done chan struct{} // closed when a connection ended
}

func well(byte, bool) []byte { return []byte{0x12} }

func start(t *testing.T, f *fake) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.done = make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				f.serve(conn)
				once.Do(func() { close(f.done) })
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

func (f *fake) serve(conn net.Conn) {
	buf := make([]byte, 0, 1<<16)
	chunk := make([]byte, 512)
	for {
		n, err := conn.Read(chunk)
		if err != nil {
			return
		}
		buf = append(buf, chunk[:n]...)
		for len(buf) >= 3 {
			switch {
			case buf[0] == 0x10 && buf[1] == 0x04:
				conn.Write(f.answers(buf[2], f.received() > 0))
				buf = buf[3:]
			case bytes.HasPrefix(buf, []byte{0x1D, 0x72, 0x01}):
				conn.Write(f.fence)
				buf = buf[3:]
			case bytes.HasPrefix(buf, []byte{0x1D, 0x61, 0x00}):
				buf = buf[3:]
			default:
				f.take(buf[0])
				buf = buf[1:]
			}
			if f.drop > 0 && f.received() >= f.drop {
				return
			}
		}
	}
}

func (f *fake) take(b byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slip.WriteByte(b)
}

func (f *fake) received() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.slip.Len()
}

// quick has short waits; a test that needs one to pass waits 50 ms, one that must not see it pass never does.
func quick(addr string) Options {
	return Options{Addr: addr, Answer: 50 * time.Millisecond, Finish: 50 * time.Millisecond, Connect: time.Second, Send: time.Second}
}
