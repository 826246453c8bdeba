package mask

import "fmt"

// Band is a range of ages, both ends included. To is 0 for the open band of the very old, who would be known by their age.
type Band struct{ From, To int }

const (
	bandYears = 5
	veryOld   = 90
)

// AgeBand returns the band of five years that age (full years, 0 or more) falls in: 72 is 70–74.
func AgeBand(age int) Band {
	if age >= veryOld {
		return Band{From: veryOld}
	}
	from := max(age, 0) / bandYears * bandYears
	return Band{From: from, To: from + bandYears - 1}
}

// Chinese writes the band as 70–74岁, or 90岁及以上.
func (b Band) Chinese() string {
	if b.To == 0 {
		return fmt.Sprintf("%d岁及以上", b.From)
	}
	return fmt.Sprintf("%d–%d岁", b.From, b.To)
}

// English writes the band as "aged 70–74", or "aged 90 or over".
func (b Band) English() string {
	if b.To == 0 {
		return fmt.Sprintf("aged %d or over", b.From)
	}
	return fmt.Sprintf("aged %d–%d", b.From, b.To)
}
