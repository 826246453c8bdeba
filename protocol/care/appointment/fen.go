package appointment

import (
	"fmt"
	"strconv"
	"strings"

	"xiangyi/protocol"
)

// Fen is an amount of money in hundredths of a yuan.
type Fen int64

// Yuan is the amount as people read it: "12.50".
func (f Fen) Yuan() string { return fmt.Sprintf("%d.%02d", int64(f)/100, int64(f)%100) }

// maxFee bounds a typing error: no visit costs more.
const maxFee Fen = 1000_00

// parseYuan reads "12", "12.5" or "12.50".
func parseYuan(d protocol.Decimal) (Fen, error) {
	whole, cents, _ := strings.Cut(string(d), ".")
	wrong := protocol.Refuse("fee-wrong", "挂号费填写得不对，请填写 0 到 1000 元，最多两位小数").OnField("fee")
	if len(cents) > 2 {
		return 0, wrong
	}
	n, err := strconv.ParseUint(whole+(cents + "00")[:2], 10, 32)
	if d == "" || err != nil || Fen(n) > maxFee {
		return 0, wrong
	}
	return Fen(n), nil
}
