package report

import (
	"strings"

	"xiangyi/protocol/care/screen"
)

// band reads a laboratory's interval ("3.9-6.1", "3.9--6.1", "3.9～6.1") as a
// stripe of a chart. What is not two numbers, such as "<5.2" or "阴性", gives
// none: half a stripe would be a guess.
func band(interval string) []screen.Band {
	text := strings.NewReplacer("～", "-", "~", "-", "—", "-", "–", "-", "至", "-", " ", "").Replace(interval)
	text = strings.ReplaceAll(text, "--", "-")
	lowText, highText, ok := strings.Cut(text, "-")
	low, ok1 := number(lowText)
	high, ok2 := number(highText)
	if !ok || !ok1 || !ok2 || low.Cmp(high) >= 0 {
		return nil
	}
	l, _ := low.Float64()
	h, _ := high.Float64()
	return []screen.Band{{Label: "参考范围", Low: l, High: h}}
}
