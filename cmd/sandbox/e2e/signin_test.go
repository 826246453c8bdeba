package e2e

import (
	"strings"
	"testing"
)

// signIn lays a card on the reader before the open page of the kiosk, which goes on by itself.
func (w *world) signIn(t testing.TB, who int) {
	t.Helper()
	w.lift(t)
	w.kiosk.open(t, "/identity/signin/card?back=/")
	w.lay(t, who)
	eventually(t, "the kiosk goes on by itself", func() bool {
		now, err := ask[string](w.kiosk, "document.readyState === 'complete' ? location.pathname : '/identity/signin'")
		return err == nil && !strings.HasPrefix(now, "/identity/signin") && now != "/arrived"
	})
}

// staffIn signs a member of staff in at a desk or the portal, after whoever is there.
func (w *world) staffIn(t testing.TB, b *tab, login string) {
	t.Helper()
	w.enter(t, login)
	w.staffOut(t, b)
	b.fill(t, "login", login)
	b.fill(t, "password", w.word[login])
	b.say(t, "登录")
	b.at(t, "/")
	b.says(t, "今天的工作")
}

// staffOut signs out whoever is there.
func (w *world) staffOut(t testing.TB, b *tab) {
	t.Helper()
	b.open(t, "/")
	if !strings.HasPrefix(b.path(t), "/identity/signin") {
		b.say(t, "退出")
	}
	b.at(t, "/identity/signin")
}
