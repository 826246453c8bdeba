package card_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/peer/card"
	"xiangyi/devices/idcard"
)

var granny = card.Card{Name: "欧阳秀兰", Number: "990101195203090020", Photo: []byte("WLf")}

func open(t *testing.T) (*card.Reader, *idcard.Reader) {
	t.Helper()
	s, err := card.Open(card.Options{Addr: "127.0.0.1:0", Admin: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(); _ = s.Close() })
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	r := idcard.Open(conn, idcard.Options{Every: time.Millisecond, Answer: 200 * time.Millisecond, Read: 200 * time.Millisecond})
	t.Cleanup(func() { _ = r.Close() })
	return s, r
}

// look polls and wants a card's name, or none, and whether one lies there.
func look(t *testing.T, r *idcard.Reader, name string, present bool) {
	t.Helper()
	c, there, err := r.Poll(t.Context())
	if c.Name != name || there != present || err != nil {
		t.Fatalf("name %q, present %v, %v; want %q, %v", c.Name, there, err, name, present)
	}
}

func fault(t *testing.T, r *idcard.Reader, want idcard.Condition) {
	t.Helper()
	_, _, err := r.Poll(t.Context())
	var f *idcard.Fault
	if !errors.As(err, &f) || f.Condition != want {
		t.Fatalf("%v, want %s", err, want)
	}
}

func TestAVillagerLaysTheirCardDownAndTakesItAway(t *testing.T) {
	s, r := open(t)
	look(t, r, "", false)
	if err := s.Place(granny); err != nil {
		t.Fatal(err)
	}
	c, there, err := r.Poll(t.Context())
	if err != nil || !there {
		t.Fatalf("%v, %v", there, err)
	}
	if c.Name != granny.Name || c.Number != granny.Number || c.Sex != "2" || c.Birth != "1952-03-09" || c.Ethnic != "01" || c.ValidTo != idcard.NoExpiry ||
		c.ValidFrom != "2020-01-01" || c.Address == "" || c.Issuer == "" || !strings.HasPrefix(string(c.Photo), "WLf") || len(c.Photo) != 1024 || len(c.Doubts) != 0 {
		t.Errorf("kind %q, sex %q, birth %q, doubts %v", c.Kind, c.Sex, c.Birth, c.Doubts)
	}
	look(t, r, "", true)
	s.Remove()
	look(t, r, "", true) // missed once
	look(t, r, "", false)
	if err := s.Place(granny); err != nil {
		t.Fatal(err)
	}
	look(t, r, granny.Name, true)
}

func TestAReaderThatForgetsTellsACardOnce(t *testing.T) {
	s, r := open(t)
	s.Set(card.Faults{Forgets: true})
	if err := s.Place(granny); err != nil {
		t.Fatal(err)
	}
	look(t, r, granny.Name, true)
	look(t, r, "", false)
	if r.Senses() {
		t.Error("such a reader cannot tell when a card goes")
	}
	if s.State() != (card.State{Card: true, Reads: 1}) {
		t.Errorf("%+v", s.State())
	}
}

func TestGarbageIsPassedOverAndDamageIsNoCard(t *testing.T) {
	s, r := open(t)
	s.Set(card.Faults{Garbage: 9})
	if err := s.Place(granny); err != nil {
		t.Fatal(err)
	}
	look(t, r, granny.Name, true)
	s.Remove()
	s.Set(card.Faults{Checksum: 1})
	fault(t, r, idcard.Garbled)
	s.Set(card.Faults{Mute: true})
	fault(t, r, idcard.Mute)
	s.Set(card.Faults{})
	look(t, r, "", true)
	look(t, r, "", false)
	_ = s.Close()
	fault(t, r, idcard.Offline)
}

func TestTheReaderIsSteeredFromAnotherProcess(t *testing.T) {
	s, r := open(t)
	post := func(path, body string) int {
		t.Helper()
		rsp, err := http.Post("http://"+s.AdminAddr()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer rsp.Body.Close()
		return rsp.StatusCode
	}
	if code := post("/place", `{"name":"李建国","number":"990101194907020034","sex":"男","ethnic":"05","birth":"1949-07-02","address":"云岭县某村1号"}`); code != 200 {
		t.Fatal(code)
	}
	c, _, err := r.Poll(t.Context())
	if err != nil || c.Name != "李建国" || c.Sex != "1" || c.Ethnic != "05" || c.Address != "云岭县某村1号" {
		t.Errorf("sex %q, ethnic %q, %v", c.Sex, c.Ethnic, err)
	}
	if post("/remove", `{}`) != 200 || post("/faults", `{"checksum":1}`) != 200 {
		t.Fatal("not steered")
	}
	fault(t, r, idcard.Garbled)
	for _, bad := range []string{`{"name":"李建国","number":"123"}`, `{"number":"990101194907020034"}`, `{"nmae":"x"}`,
		`{"name":"` + strings.Repeat("长", 16) + `","number":"990101194907020034"}`} {
		if post("/place", bad) != 409 {
			t.Errorf("took %s", bad)
		}
	}
	rsp, err := http.Get("http://" + s.AdminAddr() + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	var st card.State
	if err := json.NewDecoder(rsp.Body).Decode(&st); err != nil || st.Card || st.Reads == 0 {
		t.Errorf("%+v, %v", st, err)
	}
}
