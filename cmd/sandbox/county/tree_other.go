//go:build unix && !linux

package county

import "syscall"

// apart gives a child a process group of its own, so that a Ctrl-C at the terminal reaches the sandbox alone.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
