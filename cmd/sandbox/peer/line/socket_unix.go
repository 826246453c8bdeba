//go:build linux || darwin

package line

import "syscall"

// modem makes a socket behave like one on a real line before it connects: packets of Ethernet size and a small receive
// window. Loopback's own are 64 KB and megabytes; a sender would have given away minutes of a slow line before it could
// see that the line is slow. The small packets are what keeps a small window fast.
func modem(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1400); failed == nil {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, window)
		}
	})
	if err != nil {
		return err
	}
	return failed
}
