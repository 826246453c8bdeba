package e2e

import (
	"strings"
	"testing"

	"xiangyi/protocol/host/web/webtest"
)

// mishaps are what goes wrong every day: each page says so in plain words, with a code and a way on, and nothing happens
// twice.
func mishaps(t *testing.T, w *world) {
	for _, off := range []bool{false, true} {
		name := map[bool]string{false: "with scripts", true: "without scripts"}[off]
		t.Run("a button pressed twice "+name, func(t *testing.T) {
			w.back(t, granny)
			webtest.WithoutScript(t, w.kiosk.ctx, off)
			defer webtest.WithoutScript(t, w.kiosk.ctx, false)
			w.pressedTwice(t)
		})
	}
	t.Run("a session that is over", func(t *testing.T) { w.sessionOver(t) })
	t.Run("a slot just gone", func(t *testing.T) { w.slotGone(t) })
	t.Run("a forged card", func(t *testing.T) { w.forgedCard(t) })
	t.Run("a word that is wrong five times", func(t *testing.T) { w.lockedOut(t) })
	t.Run("a printer that is away", func(t *testing.T) { w.printerAway(t) })
	t.Run("an address that leads nowhere", func(t *testing.T) {
		w.kiosk.open(t, "/appointment/nowhere/at/all")
		w.kiosk.says(t, "没有找到", "编号 not-found", "回到首页")
	})
}

// back signs somebody in and turns the simple mode off where it started.
func (w *world) back(t *testing.T, who int) {
	t.Helper()
	w.signIn(t, who)
	if see[bool](t, w.kiosk, "document.documentElement.classList.contains('elder')") {
		w.kiosk.say(t, "标准版")
	}
}

func (w *world) pressedTwice(t *testing.T) {
	k, s := w.kiosk, w.take(t)
	k.open(t, s.Here[0])
	k.pressTimes(t, worded("确认预约"), 2)
	k.at(t, "/appointment/done/")
	number := see[string](t, k, "document.querySelector('.reference b').textContent")
	k.open(t, "/appointment/mine")
	if n := strings.Count(w.allVisits(t), number); n != 1 {
		t.Errorf("%s stands in the list %d times", number, n)
	}
	fresh := session{ID: s.ID}
	w.slots(t, &fresh)
	if sold := len(s.Here) - len(fresh.Here); sold != 1 {
		t.Errorf("%d slots were sold", sold)
	}
}

// allVisits is the text of all pages of a person's visits.
func (w *world) allVisits(t *testing.T) string {
	t.Helper()
	k, text := w.kiosk, ""
	for {
		text += k.text(t)
		if !see[bool](t, k, "document.querySelector('a[rel=next]') !== null") {
			return text
		}
		k.press(t, next)
	}
}

// sessionOver presses on a page whose person is gone: the card was taken, and without scripts nothing told the page.
func (w *world) sessionOver(t *testing.T) {
	k, s := w.kiosk, w.take(t)
	w.back(t, mother)
	webtest.WithoutScript(t, k.ctx, true)
	defer webtest.WithoutScript(t, k.ctx, false)
	k.open(t, s.Here[0])
	w.lift(t)
	k.say(t, "确认预约")
	k.at(t, "/identity/signin?back=")
	k.says(t, "请先登录", "刷身份证")
	fresh := session{ID: s.ID}
	w.slots(t, &fresh)
	if len(fresh.Here) != len(s.Here) {
		t.Error("a slot was sold to nobody")
	}
}

// slotGone shows a slot at the kiosk while the doctor books it for somebody else.
func (w *world) slotGone(t *testing.T) {
	k, s := w.kiosk, w.take(t)
	w.back(t, mother)
	k.open(t, s.Here[0])
	doctor := w.enter(t, "doctor1")
	submit(t, doctor, at(t, doctor, s.Here[0]+"?person="+w.people[granny]), "/do/appointment.book", nil)
	k.say(t, "确认预约")
	k.says(t, "这个号刚刚被别人约走了", "编号 slot-gone")
	k.picture(t, "slot-gone")
	k.holds(t, webtest.Standard)
	k.say(t, "继续办理")
	k.at(t, "/appointment/session/"+s.ID)

	d := w.desk // the doctor, too late for somebody else, stays with that person
	w.staffIn(t, d, "doctor1")
	d.open(t, s.Here[0]+"?person="+w.people[neighbor])
	d.says(t, "这个号刚刚被别人约走了")
	d.say(t, "继续办理")
	d.at(t, "/appointment/session/"+s.ID+"?person="+w.people[neighbor])
}

func (w *world) forgedCard(t *testing.T) {
	k := w.kiosk
	w.lift(t)
	k.open(t, "/identity/signin/card?back=%2F")
	w.lay(t, len(w.cards)-1)
	k.until(t, "编号")
	k.picture(t, "forged-card")
	k.holds(t, webtest.Standard)
	k.says(t, "有一位不对")
	w.lift(t)
}

// lockedOut sets a PIN, and then somebody guesses it.
func (w *world) lockedOut(t *testing.T) {
	k := w.kiosk
	w.back(t, mother)
	k.open(t, "/identity/me/phone")
	k.fill(t, "phone", "12345")
	k.say(t, "保存")
	k.says(t, "手机号应该是 1 开头的 11 位数字")
	k.fill(t, "phone", "13900001234")
	k.say(t, "保存")
	k.open(t, "/identity/me/pin")
	for _, field := range []string{"secret.text", "secret.again"} {
		k.fill(t, field, "111111")
	}
	k.say(t, "保存")
	k.says(t, "这个密码太容易被猜到")
	for _, field := range []string{"secret.text", "secret.again"} {
		k.fill(t, field, "739105")
	}
	k.say(t, "保存")
	k.at(t, "/identity/me")
	k.say(t, "结束")
	w.lift(t)
	for try := range 5 {
		k.open(t, "/identity/signin/phone?back=%2F")
		k.fill(t, "phone", "13900001234")
		k.fill(t, "pin", "73910"+string(rune('6'+try%3)))
		k.say(t, "登录")
		if try < 4 {
			k.says(t, "手机号或密码不对")
		}
	}
	k.says(t, "输错次数太多", "刷身份证", "编号 locked")
	k.picture(t, "locked-out")
	k.holds(t, webtest.Standard)
	k.open(t, "/identity/signin/phone?back=%2F")
	k.fill(t, "phone", "13900001234")
	k.fill(t, "pin", "739105")
	k.say(t, "登录")
	k.says(t, "输错次数太多") // the right word opens nothing now
}

// printerAway switches both printers off while somebody wants paper, and on again: it comes out once, by itself.
func (w *world) printerAway(t *testing.T) {
	k := w.kiosk
	set := func(off bool) {
		for _, p := range []string{"slip", "page"} {
			w.tell(t, w.a.Paper.Admin, "/condition", map[string]any{"printer": p, "paper": "ok", "off": off})
		}
	}
	w.back(t, granny)
	set(true)
	defer set(false)
	k.open(t, "/report")
	k.find(t, "血常规（入院）")
	k.say(t, "打印报告")
	k.at(t, "/report/print/")
	k.until(t, "打印机没有连上")
	k.says(t, "呼叫村医")
	k.picture(t, "printer-away")
	k.holds(t, webtest.Standard)

	before := len(w.slips(t))
	k.open(t, "/appointment/mine/"+w.booking)
	k.say(t, "补打凭条")
	k.open(t, "/report")
	set(false)
	eventually(t, "the slip comes out", func() bool { return len(w.slips(t)) > before })
	if n := len(w.slips(t)); n != before+1 {
		t.Errorf("%d slips came out", n-before)
	}
}
