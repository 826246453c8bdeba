// Command xyctl is the operator's tool: it looks into bytes, files and running
// programs, and says in words what it finds. It exits with 1 where what it found is
// bad, and with 2 where it was asked something that it cannot do.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"xiangyi/cmd/simulate"
)

// command is one thing that xyctl does, by the words that name it.
type command struct {
	words string // "devices decode"
	args  string
	what  string
	run   func(out io.Writer, args []string) error
}

var commands = []command{
	{"devices decode", "PROTOCOL HEX", "say what bytes of an instrument's line say, one JSON object a frame", decode},
	{"simulate", "[--seeds A-B] [--profile calm|harsh|power|clock|custody|disk] [--for 10m] [--whole] [--json]",
		"live through days of counties whose lines, disks and clocks fail, and check every promise", simulate.Command},
	{"status", "[--json] ADDR...", "say how nodes and stations stand, by their operators' doors", status},
	{"doctor", "[--json] [--lang zh] ADDR...", "say in words what is wrong with them and what to do; exits with 1 when it is grave", doctor},
	{"sign", "--key K.pem --cert C.pem --in F --out S", "sign a file with SM2 and SM3, as a DER signature beside it", sign},
	{"verify", "--cert C.pem --in F --sig S [--roots R.pem [--crl L.pem]] [--at TIME]", "say whether a signature holds, and why not; exits with 1 when it does not", verify},
	{"keys new", "--name N --key K.pem --cert C.pem [--organisation O] [--days 365] [--ca C.pem --ca-key K.pem]",
		"make an SM2 key with a certificate", newKeys},
	{"audit head", "--node ADDR [--out FILE]", "fetch the signed head of the county's proof log, to be kept", auditHead},
	{"audit prove", "--node ADDR --change POSITION [--since HEAD] [--out FILE]", "fetch the proof that a change is in the log, and that the log only grew since a head", auditProve},
	{"audit verify", "--key COUNTY.pub (--proof FILE | --data DIR --secrets FILE) [--head HEAD]",
		"say whether a proof holds, or all that a stopped node stores; names the first entry that does not; exits with 1 when it does not", auditVerify},
	{"backup now", "--node ADDR", "have a node make a backup, and wait for it", backupNow},
	{"backup prove", "--in FILE --secrets FILE --key COUNTY.pub [--aside DIR]",
		"restore a backup aside and audit every entry of it; exits with 1 when it is not whole", backupProve},
	{"devices list", "", "list the protocols of instruments, readers and printers with what each can be told, and the models that are known", list},
	{"devices probe", "PORT", "listen at a port, and say which models fit what comes", probe},
	{"devices simulate", "PROTOCOL [--tcp ADDR] [--link PATH] [--noise N] [--torn N] [--drop N] [--stuck] [--clock D] [--seed N] [--for D]",
		"play an instrument on a pseudo-terminal, and print its path", simulateDevice},
	{"update pack", "--binary STATION --version V --key K.pem --cert C.pem --out P [--after V] [--target OS/ARCH]", "make a signed package of a station's program", updatePack},
	{"update verify", "P [--anchors CA.pem] [--running V [--target OS/ARCH]]",
		"say whether a station would take a package, and why not; exits with 1 when it would not", updateVerify},
}

func main() { os.Exit(run(os.Stdout, os.Stderr, os.Args[1:])) }

func run(out, complaints io.Writer, args []string) int {
	said := strings.Join(args, " ") + " "
	for _, c := range commands {
		if !strings.HasPrefix(said, c.words+" ") {
			continue
		}
		if err := c.run(out, args[len(strings.Fields(c.words)):]); err != nil {
			fmt.Fprintf(complaints, "xyctl %s: %v\n", c.words, err)
			if errors.Is(err, errIll) || errors.Is(err, errFalse) {
				return 1
			}
			return 2
		}
		return 0
	}
	fmt.Fprintln(complaints, "xyctl does one of these:")
	for _, c := range commands {
		fmt.Fprintf(complaints, "  xyctl %-34s %s\n", strings.TrimSpace(c.words+" "+c.args), c.what)
	}
	return 2
}
