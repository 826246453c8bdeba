package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// countyStaff is the scheduler's work in the portal, as far as a village sees it.
func countyStaff(t *testing.T, w *world) {
	w.staffIn(t, w.portal, "scheduler")
	t.Run("gives slots to a station", func(t *testing.T) { w.grants(t) })
	t.Run("releases walk-in numbers and gives some to a station", func(t *testing.T) { w.releases(t) })
	t.Run("stops a clinic, and who was booked hears of it", func(t *testing.T) { w.stops(t) })
}

// held counts the slots of a session that a station holds, on the page of the session.
func (w *world) held(t *testing.T, site string) int {
	t.Helper()
	return see[int](t, w.portal, "[...document.querySelectorAll('main tbody tr')].filter((r) => r.cells[2].innerText.includes("+quote("（"+site+"）")+")).length")
}

func (w *world) grants(t *testing.T) {
	p, s := w.portal, w.take(t)
	p.say(t, "排班和号源")
	p.says(t, "已排到")
	p.open(t, "/appointment/sessions/"+s.ID)
	before := w.held(t, "v01")
	p.say(t, "分给村站")
	p.fill(t, "site", "v01")
	p.fill(t, "count", "2")
	p.say(t, "分给村站")
	if now := w.held(t, "v01"); now != before+2 {
		t.Fatalf("v01 holds %d slots, had %d: %s", now, before, p.short(t))
	}
	p.picture(t, "granted")
	eventually(t, strconv.Itoa(len(s.Here)+2)+" slots can be booked at the station", func() bool {
		fresh := session{ID: s.ID}
		w.slots(t, &fresh)
		return len(fresh.Here) >= len(s.Here)+2
	})
}

// releases looks at the last clinic of the week whose numbers are the county's to
// give: of one that sees people today they would be offered to whoever walks by.
func (w *world) releases(t *testing.T) {
	p := w.portal
	p.open(t, "/appointment/schedules")
	for _, href := range slices.Backward(see[[]string](t, p, "[...document.querySelectorAll('a[href^=\"/appointment/sessions/\"]')].map((a) => a.getAttribute('href'))")) {
		p.open(t, href)
		if !strings.Contains(p.text(t), "放现场号") {
			continue
		}
		p.say(t, "放现场号")
		p.fill(t, "count", "6")
		p.press(t, doing("appointment.open-numbers"))
		p.say(t, "把现场号分给村站")
		p.fill(t, "site", "v01")
		p.fill(t, "count", "4")
		p.press(t, doing("appointment.grant-numbers"))
		p.says(t, "现场号", "（v01）")
		p.picture(t, "walk-in-numbers")
		return
	}
	t.Fatal("no clinic has walk-in numbers to give")
}

func (w *world) stops(t *testing.T) {
	p, k, s := w.portal, w.kiosk, w.take(t)
	w.signIn(t, mother)
	k.open(t, s.Here[0])
	k.say(t, "确认预约")
	k.at(t, "/appointment/done/")
	number := see[string](t, k, "document.querySelector('.reference b').textContent")

	p.open(t, "/appointment/sessions/"+s.ID)
	p.say(t, "停诊")
	p.says(t, "约好的人会收到通知")
	p.press(t, doing("appointment.stop"))
	p.says(t, "请写明停诊原因")
	p.fill(t, "reason", "停电检修")
	p.press(t, doing("appointment.stop"))
	p.says(t, "这次出诊已停诊", "停电检修")
	p.picture(t, "stopped")
	p.open(t, "/appointment/displaced")
	p.says(t, number)

	eventually(t, "the notice is at the kiosk", func() bool {
		k.open(t, "/appointment/notices")
		return strings.Contains(k.text(t), number) && strings.Contains(k.text(t), "改约")
	})
	k.picture(t, "notice")
	k.press(t, "(all) => { const n = [...document.querySelectorAll('.notice')].find((n) => n.innerText.includes("+quote(number)+") && n.innerText.includes('改约')); return n && n.querySelector('a'); }")
	k.says(t, "非常抱歉", number)
	k.say(t, "改约")
	k.at(t, "/appointment/departments/")
	k.says(t, "选好新的时间以前，原来的预约一直保留")
	w.chooseTime(t)
	k.say(t, "确认改约")
	k.says(t, "改约成功", "原来的预约 "+number+" 不用再去")
}
