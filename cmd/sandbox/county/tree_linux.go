package county

import "syscall"

// apart gives a child a process group of its own, so that a Ctrl-C at the terminal reaches the sandbox alone, and has the
// kernel kill it when the sandbox ends without having said so.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
