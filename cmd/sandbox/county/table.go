package county

import (
	"fmt"
	"io"
	"strings"
)

// Table writes where everything is and who can sign in, for a terminal.
func (p *Plan) Table(w io.Writer) error {
	var b strings.Builder
	rows := [][]string{{"哪里 / where", "", "地址 / address"}}
	for _, a := range p.Addresses() {
		rows = append(rows, []string{a.Title, a.Part, a.URL})
	}
	columns(&b, rows)
	rows = [][]string{{"账号 / account", "密码 / password", "身份 / role", "在哪里登录 / where"}}
	for _, a := range p.Accounts {
		rows = append(rows, []string{a.Login, a.Password, a.Title + " " + a.Name, a.Where})
	}
	columns(&b, rows)
	rows = [][]string{{"身份证 / identity card", "号码 / number"}}
	for _, c := range Cards() {
		rows = append(rows, []string{c.Name, c.Number})
	}
	columns(&b, rows)
	b.WriteString("居民登录：在控制台的村站页把身份证放上读卡器。\n" +
		"Residents sign in with a card that the control page lays on the reader.\n" +
		"Ctrl-C 停下一切。Ctrl-C stops everything.\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// columns sets rows in columns, the first row as their heads. Chinese characters take two places of a terminal.
func columns(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], width(cell))
		}
	}
	b.WriteByte('\n')
	for n, r := range rows {
		line := ""
		for i, cell := range r {
			line += cell + strings.Repeat(" ", widths[i]-width(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		if n == 0 {
			total := 2 * (len(widths) - 1)
			for _, w := range widths {
				total += w
			}
			b.WriteString(strings.Repeat("─", total) + "\n")
		}
	}
	b.WriteByte('\n')
}

// width is how many places of a terminal a text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
			r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6) {
			n++
		}
	}
	return n
}
