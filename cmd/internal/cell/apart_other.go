//go:build !linux

package cell

import "syscall"

func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
