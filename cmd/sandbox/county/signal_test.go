package county

import (
	"fmt"
	"os/signal"
	"syscall"
)

// signalIgnore makes the child deaf, and says so.
func signalIgnore() {
	signal.Ignore(syscall.SIGTERM)
	fmt.Println("deaf")
}
