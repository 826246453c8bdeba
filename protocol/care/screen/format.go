package screen

import (
	"fmt"
	"time"
)

// China is the zone in which pages print times: one zone without summer time,
// so that a station needs no zone database.
var China = time.FixedZone("CST", 8*3600)

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

// Date is the day in words: 2026年11月3日, or 3 Nov 2026. A zero time is "".
func (c Chrome) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(China)
	if c.Lang == English {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2006年1月2日")
}

// Day is a near day without its year: 11月3日 星期二, or Tue 3 Nov.
func (c Chrome) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(China)
	if c.Lang == English {
		return t.Format("Mon 2 Jan")
	}
	return t.Format("1月2日 ") + weekdays[t.Weekday()]
}

// Clock is the time of day as people say it: 下午 2:05, or 2:05 pm.
func (c Chrome) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(China)
	if c.Lang == English {
		return t.Format("3:04 pm")
	}
	h, part := t.Hour(), "上午"
	switch {
	case h < 5:
		part = "凌晨"
	case h >= 18:
		part = "晚上"
	case h >= 13:
		part = "下午"
	case h == 12:
		part = "中午"
	}
	if h > 12 {
		h -= 12
	}
	return fmt.Sprintf("%s %d:%02d", part, h, t.Minute())
}

// Time is the time of day in digits: 14:05.
func (c Chrome) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(China).Format("15:04")
}

// When is Day and Clock together.
func (c Chrome) When(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Day(t) + " " + c.Clock(t)
}

// Stamp is the compact form of desk and portal: 2026-11-03 14:05.
func (c Chrome) Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(China).Format("2006-01-02 15:04")
}

// Span is how long something takes or took, in one unit: 3 分钟, 2 小时, 5 天.
// Under a minute it is 不到 1 分钟.
func (p Page) Span(d time.Duration) string {
	return span(p.T, d)
}

func span(t func(string, ...any) string, d time.Duration) string {
	switch {
	case d < time.Minute:
		return t("不到 1 分钟")
	case d < time.Hour:
		return t("%d 分钟", int(d/time.Minute))
	case d < 48*time.Hour:
		return t("%d 小时", int(d/time.Hour))
	}
	return t("%d 天", int(d/(24*time.Hour)))
}
