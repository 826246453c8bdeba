package e2e

import (
	"strings"
	"testing"

	"xiangyi/protocol/host/web/webtest"
)

// villageDoctor is a day at the desk: somebody without a card, a call, readings by hand and of nobody, an alarm.
func villageDoctor(t *testing.T, w *world) {
	w.lift(t)
	w.kiosk.open(t, "/")
	w.staffIn(t, w.desk, "doctor1")
	t.Run("registers somebody without a card", func(t *testing.T) { w.registers(t) })
	t.Run("finds them by a few letters and opens the kiosk for them", func(t *testing.T) { w.vouches(t) })
	t.Run("answers a call", func(t *testing.T) { w.answers(t) })
	t.Run("enters a reading by hand", func(t *testing.T) { w.entersReading(t) })
	t.Run("keeps a photo", func(t *testing.T) { w.keepsPhoto(t) })
	t.Run("says whose a reading is", func(t *testing.T) { w.assigns(t) })
	t.Run("deals with an answer that sounds like an emergency", func(t *testing.T) { w.clearsAlarm(t) })
}

func (w *world) registers(t *testing.T) {
	d := w.desk
	d.say(t, "找居民")
	d.say(t, "登记新居民")
	d.at(t, "/identity/register")
	d.fill(t, "name", "钱无卡")
	d.press(t, doing("identity.register"))
	d.says(t, "有几处需要改一下", "请选择性别")
	if name := see[string](t, d, "document.querySelector('[name=name]').value"); name != "钱无卡" {
		t.Errorf("what was typed is gone: %q", name)
	}
	d.picture(t, "register-refused")
	d.holds(t, officeLimits)
	d.fill(t, "sex", "1")
	d.fill(t, "birth", "1958-04-09")
	d.fill(t, "household", "QS-0017")
	d.press(t, doing("identity.register"))
	d.at(t, "/identity/person/")
	d.says(t, "钱无卡", "1958-04-09", "QS-0017", "村医登记")
}

func (w *world) vouches(t *testing.T) {
	d, k := w.desk, w.kiosk
	d.open(t, "/identity/find")
	for _, q := range []string{"qianwuka", "qwk", "QS-0017"} {
		d.fill(t, "q", q)
		d.say(t, "查找")
		d.says(t, "钱无卡")
	}
	d.say(t, "钱无卡")
	k.open(t, "/identity/signin?back=%2Fidentity%2Fme") // they stand there and wait
	d.say(t, "为本人打开自助机")
	k.gone(t, "/identity/consent") // nobody has asked them yet
	k.says(t, "基本资料")
	k.picture(t, "opened-by-doctor")
	if who := see[string](t, k, "document.querySelector('.bar-who').innerText"); !strings.Contains(who, "钱") || strings.Contains(who, "无卡") {
		t.Errorf("the corner says %q, want a masked name", who)
	}
	k.say(t, "基本资料")
	k.press(t, doing("identity.consent"))
	k.open(t, "/identity/me")
	k.says(t, "钱无卡")
	k.say(t, "结束")
}

// answers follows a call from the kiosk to the desk and back, each page by itself.
func (w *world) answers(t *testing.T) {
	d, k := w.desk, w.kiosk
	d.open(t, "/identity/calls")
	d.says(t, "没有")
	k.open(t, "/appointment")
	k.say(t, "呼叫村医")
	k.at(t, "/identity/calling")
	k.says(t, "正在呼叫村医", "马上打 120")
	k.picture(t, "calling")
	k.holds(t, webtest.Standard)
	d.until(t, "一号自助机")
	d.picture(t, "call")
	d.holds(t, officeLimits)
	d.press(t, doing("identity.answer"))
	k.until(t, "马上就来")
	if button := see[string](t, k, "document.querySelector('.help').innerText"); !strings.Contains(button, "村医马上就来") {
		t.Errorf("the call button says %q", button)
	}
	d.press(t, doing("identity.take-over"))
	k.until(t, "正在协助")
	d.press(t, doing("identity.close-call"))
	d.says(t, "没有")
	k.until(t, "还没有呼叫")
}

func (w *world) entersReading(t *testing.T) {
	d := w.desk
	d.open(t, "/exam/person/"+w.people[granny])
	d.say(t, "手工录入读数")
	d.at(t, "/exam/enter/")
	d.fill(t, "systolic", "13")
	d.fill(t, "diastolic", "86")
	d.fill(t, "technique", "auscultation")
	d.say(t, "保存读数")
	d.says(t, "这个数不可能")
	d.fill(t, "systolic", "138")
	d.fill(t, "diastolic", "86")
	d.fill(t, "technique", "auscultation")
	d.say(t, "保存读数")
	d.at(t, "/exam/reading/")
	d.says(t, "王样例", "138", "86", "正常")
	d.open(t, "/exam")
	d.says(t, "手工录入")
}

// unfold opens what a page keeps folded.
const unfold = "document.querySelectorAll('details').forEach((d) => { d.open = true; }), true"

// keepsPhoto takes a photo into somebody's record, and sees it arrive in the county.
func (w *world) keepsPhoto(t *testing.T) {
	d := w.desk
	for _, what := range []string{"first", "second"} {
		d.open(t, "/identity/person/"+w.people[granny])
		d.say(t, "照片")
		d.at(t, "/media/person/")
		see[bool](t, d, unfold)
		d.say(t, "保存照片")
		d.says(t, "请先拍照或选择照片")
		d.holds(t, officeLimits)
		webtest.Eval[bool](t, d.ctx, `(async () => {
			const c = new OffscreenCanvas(900, 600), g = c.getContext('2d');
			g.fillStyle = '#c96'; g.fillRect(0, 0, 900, 600); g.fillStyle = '#712'; g.fillRect(300, 200, 200, 90);
			const files = new DataTransfer(); files.items.add(new File([await c.convertToBlob({type: 'image/jpeg'})], 'a.jpg', {type: 'image/jpeg'}));
			document.querySelector('[name=photo]').files = files.files; return true; })()`)
		d.fill(t, "sort", "wound")
		d.fill(t, "words", what)
		d.say(t, "保存照片")
		d.at(t, "/media/item/")
		if w := see[int](t, d, "document.querySelector('.picture img').naturalWidth"); w != 900 {
			t.Errorf("the photo shown is %d wide", w)
		}
		d.until(t, "县中心已存好照片")
		d.picture(t, "photo-"+what)
	}
	see[bool](t, d, unfold)
	d.fill(t, "reason", "拍错了人")
	d.say(t, "作废这张照片")
	d.says(t, "已作废", "拍错了人")
}

// assigns gives a reading that nobody had started for to whom it belongs.
func (w *world) assigns(t *testing.T) {
	d := w.desk
	w.measure(t, 0, "117", "73")
	d.open(t, "/exam")
	d.until(t, "没有对上人")
	d.say(t, "去处理")
	d.at(t, "/exam/unassigned")
	d.says(t, "117/73", "没有人按“开始测量”")
	d.press(t, "(all) => { const row = [...document.querySelectorAll('tr')].find((r) => r.innerText.includes('117/73')); return row && row.querySelector('a'); }")
	d.fill(t, "q", "zsy")
	d.say(t, "找人")
	d.says(t, "张试用")
	d.choose(t, "张试用")
	d.picture(t, "assign")
	d.say(t, "确认是这位居民")
	d.at(t, "/exam/reading/")
	d.says(t, "张试用", "117")
}

// clearsAlarm reads what grandpa answered before the visit and says what came of it.
func (w *world) clearsAlarm(t *testing.T) {
	d := w.desk
	d.open(t, "/appointment/person/"+w.people[grandpa])
	d.says(t, "就诊前问答提示可能有急症")
	d.fill(t, "finding", "已电话联系，本人误点，无不适")
	d.say(t, "记录并解除提示")
	if strings.Contains(d.text(t), "提示可能有急症") {
		t.Error("the alarm stays")
	}
}
