package cell

import "syscall"

// apart gives a child a process group of its own, and has the kernel kill it
// when this process ends without having said so.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
