package outsider

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const shop = `<!doctype html><html><head><title>小店 · 首页</title><style>p{}</style><script>var no = "read";</script></head><body>
<nav><a href="/elsewhere">别处</a></nav>
<main><h1>苹果<b>三</b>个</h1><p>一个 <span>两</span>元</p><p hidden>看不见</p>
<form method="post" action="/do/buy"><input type="hidden" name="key" value="k1&amp;2"><input type="hidden" name="item" value="apple">
<input name="count" value="1"><label><input type="radio" name="bag" value="paper"> 纸袋</label><label><input type="radio" name="bag" value="cloth" checked> 布袋</label>
<label><input type="checkbox" name="gift"> 送人</label><input type="checkbox" name="stay" checked>
<select name="pay"><option value="cash">现金</option><option value="card" selected>刷卡</option><option>赊账</option></select>
<textarea name="note">
不要酸的</textarea><input name="off" value="x" disabled><button name="how" value="fast">快</button><button>买</button></form>
<form method="post" action="/do/buy"><input type="hidden" name="item" value="pear"><button>买梨</button></form>
<form action="/search"><input name="q"></form>
<a href="/list?page=2" rel="next">下一页</a><a href="/item/1">一</a><a href="/item/1">一又</a><a href="/item/2">二</a></main></body></html>`

func page(t *testing.T, text string) *Page {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	b, err := NewBrowser(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p, err := b.Open(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPageIsReadAsAPersonReadsIt(t *testing.T) {
	p := page(t, shop)
	if p.Title != "小店 · 首页" || !strings.HasPrefix(p.Text, "苹果三个 一个 两元") {
		t.Errorf("title %q, text %q", p.Title, p.Text)
	}
	for _, hidden := range []string{"看不见", "别处", "no ="} {
		if p.Says(hidden) {
			t.Errorf("the page says %q", hidden)
		}
	}
	if got := p.LinksTo("/item/"); len(got) != 2 || got[1].Text != "二" {
		t.Errorf("links %v", got)
	}
	if p.Next() != "/list?page=2" {
		t.Errorf("the list goes on at %q", p.Next())
	}
	if _, err := p.Link("/nowhere"); err == nil {
		t.Error("a link that is not there was found")
	}
}

func TestAFormSendsWhatABrowserSends(t *testing.T) {
	p := page(t, shop)
	f, err := p.Form("/do/buy")
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.fill(map[string]string{"count": "3", "bag": "paper"})
	if err != nil {
		t.Fatal(err)
	}
	want := "bag=paper&count=3&item=apple&key=k1%262&note=%E4%B8%8D%E8%A6%81%E9%85%B8%E7%9A%84&pay=card&stay=on"
	if got := v.Encode(); got != want {
		t.Errorf("sends %s\n want %s", got, want)
	}
	if got := f.Choices("pay"); len(got) != 3 || got[2] != "赊账" {
		t.Errorf("ways to pay: %v", got)
	}
	if _, err := f.fill(map[string]string{"cuont": "3"}); err == nil {
		t.Error("a misspelt field was sent")
	}
	pear, err := p.FormWith("/do/buy", "item", "pear")
	if err != nil || pear.Text != "买梨" {
		t.Errorf("the pear's form: %v, %v", pear, err)
	}
	search, err := p.Form("/search")
	if err != nil || search.Method != http.MethodGet {
		t.Errorf("a form without a method: %+v, %v", search, err)
	}
}

// TestABrowserKeepsCookiesAndFollowsRedirects signs in at a server that answers as ours do.
func TestABrowserKeepsCookiesAndFollowsRedirects(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if c, err := r.Cookie("who"); err == nil {
			fmt.Fprintf(w, "<main>您好 %s</main>", c.Value)
			return
		}
		fmt.Fprint(w, `<form method="post" action="/in"><input name="who"></form>`)
	})
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.PostFormValue("who"), Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	s := httptest.NewServer(http.NewCrossOriginProtection().Handler(mux))
	defer s.Close()
	b, err := NewBrowser(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := b.Open(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Form("/in")
	if err != nil {
		t.Fatal(err)
	}
	if p, err = b.Submit(t.Context(), f, map[string]string{"who": "li"}); err != nil {
		t.Fatal(err)
	}
	if p.Text != "您好 li" || p.URL.Path != "/" {
		t.Errorf("%s: %s", p.URL, p.Text)
	}
}

func TestAListIsReadToItsEnd(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		n := r.URL.Query().Get("page")
		fmt.Fprintf(w, `<a href="/slot/%s-1"></a><a href="/slot/%s-2"></a>`, n, n)
		if n != "3" {
			fmt.Fprintf(w, `<a rel="next" href="/?page=%c"></a>`, n[0]+1)
		}
	}))
	defer s.Close()
	b, err := NewBrowser(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	all, err := b.All(t.Context(), "/?page=1", "/slot/")
	if err != nil || len(all) != 6 || all[5].Href != "/slot/3-2" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestADoorsNoIsAnErrorWithItsWords(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(w, `{"error":"out of paper"}`, http.StatusConflict)
			return
		}
		fmt.Fprint(w, `{"n":7}`)
	}))
	defer s.Close()
	addr := strings.TrimPrefix(s.URL, "http://")
	got, err := Ask[struct{ N int }](context.Background(), addr, "/status")
	if err != nil || got.N != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Tell[Told](context.Background(), addr, "/print", struct{}{}); err == nil || !strings.Contains(err.Error(), "out of paper") {
		t.Errorf("the door's no: %v", err)
	}
}
