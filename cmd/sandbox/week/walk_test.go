package week

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
)

// person looks at pages and presses what is there.
type person struct {
	*world
	name    string
	browser *outsider.Browser
	role    string
	pressed map[string]int // forms, by action
	sent    map[string]string
	told    map[string]string
	again   func() // signs in again after the station was without power; nil: the session goes on
}

func (w *world) person(name string, role care.Role, at screenOf) *person {
	b, err := outsider.NewBrowserBy("station.test", &inside{world: w, role: role, at: at})
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{world: w, name: name, role: string(role), browser: b, pressed: map[string]int{}, told: map[string]string{}}
}

// open goes to a page, again when the station lost its power meanwhile.
func (p *person) open(path string) *outsider.Page {
	p.t.Helper()
	return p.tried("opens "+path, func() (*outsider.Page, error) { return p.browser.Open(context.Background(), path) })
}

// tried does something at a screen, and does the same once more after a power cut.
func (p *person) tried(what string, do func() (*outsider.Page, error)) *outsider.Page {
	p.t.Helper()
	page, err := do()
	if p.power.out() {
		p.restart()
		if p.again != nil {
			p.again()
		}
		page, err = do()
	}
	if err != nil {
		p.t.Fatalf("%s %s: %v", p.name, what, err)
	}
	p.mind(page, what)
	return page
}

// mind complains of pages that no line and no choice of words explains.
func (p *person) mind(page *outsider.Page, what string) {
	p.t.Helper()
	if page.Status >= 500 || strings.Contains(page.Text, "这一步没有办成") {
		p.t.Errorf("%s: %s answers %d: %s", p.name, what, page.Status, page.Short())
	}
}

// press fills a form as somebody would who wants it done, and sends it.
func (p *person) press(f *outsider.Form, with map[string]string) *outsider.Page {
	p.t.Helper()
	values := p.guess(f)
	for k, v := range with {
		values[k] = v
	}
	p.sent = values
	page := p.tried("sends "+f.Action, func() (*outsider.Page, error) { return p.browser.Submit(context.Background(), f, values) })
	p.sleep(time.Duration(1+p.dice.IntN(20)) * time.Second)
	return page
}

// guess gives a value to what is empty or must be chosen.
func (p *person) guess(f *outsider.Form) map[string]string {
	out := map[string]string{}
	secret := pick(p, []string{"Week-2030-secret", "264917"})
	for _, x := range f.Fields {
		if _, done := out[x.Name]; done || x.Type == "hidden" {
			continue
		}
		if strings.HasPrefix(x.Name, "secret.") && x.Type != "submit" {
			out[x.Name] = secret
			if strings.HasSuffix(f.Action, "set-pin") {
				out[x.Name] = "264917"
			} else if strings.HasSuffix(f.Action, "set-password") {
				out[x.Name] = password
			}
			continue
		}
		all := f.Choices(x.Name)
		switch x.Type {
		case "radio", "checkbox":
			out[x.Name] = all[p.dice.IntN(len(all))]
		case "submit":
			out[x.Name] = all[p.dice.IntN(len(all))]
		case "select":
			if real := slices.DeleteFunc(slices.Clone(all), func(v string) bool { return v == "" }); len(real) > 0 {
				out[x.Name] = real[p.dice.IntN(len(real))]
			}
		default:
			if x.Value == "" {
				if v := p.words(x.Name, x.Type); v != "" {
					out[x.Name] = v
				}
			}
		}
	}
	return out
}

// words are what somebody would write into a field.
func (p *person) words(name, kind string) string {
	if v, ok := p.told[name]; ok {
		return v
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch last {
	case "breath":
		return fmt.Sprint(12 + p.dice.IntN(12))
	case "oxygen":
		return fmt.Sprint(90 + p.dice.IntN(10))
	case "pulse":
		return fmt.Sprint(55 + p.dice.IntN(60))
	case "sugar":
		return fmt.Sprintf("5.%d", p.dice.IntN(10))
	case "temperature":
		return fmt.Sprintf("36.%d", p.dice.IntN(10))
	case "weight":
		return fmt.Sprintf("6%d.5", p.dice.IntN(10))
	case "height":
		return fmt.Sprint(150 + p.dice.IntN(30))
	case "at":
		return "" // now
	case "number":
		return pick(p, []string{"HK-204" + fmt.Sprint(10+p.dice.IntN(80)), pick(p, children).Number})
	case "guardian":
		return pick(p, villagers).Number
	}
	switch {
	case kind == "date" || strings.Contains(last, "date") || last == "birth":
		if last == "birth" {
			return fmt.Sprintf("19%02d-%02d-%02d", 40+p.dice.IntN(50), 1+p.dice.IntN(12), 1+p.dice.IntN(28))
		}
		return time.Now().AddDate(0, 0, p.dice.IntN(5)).Format("2006-01-02")
	case kind == "time" || last == "from" || last == "to":
		return fmt.Sprintf("%02d:30", 8+p.dice.IntN(9))
	case kind == "number":
		return fmt.Sprint(1 + p.dice.IntN(99))
	case strings.Contains(last, "phone"):
		return fmt.Sprintf("1990000%04d", p.dice.IntN(10000))
	case last == "name":
		return pick(p, []string{"陈样例", "林样本", "黄试用", "何演示", "梁示范"})
	case last == "pin" || last == "again":
		return "246813"
	case last == "q" || last == "query":
		return pick(p, []string{"chen", "wang", "li", "样", "1102"})
	case strings.Contains(last, "systolic"):
		return fmt.Sprint(110 + p.dice.IntN(60))
	case strings.Contains(last, "diastolic"):
		return fmt.Sprint(60 + p.dice.IntN(40))
	case last == "8480-6":
		return fmt.Sprint(110 + p.dice.IntN(60))
	case last == "8462-4":
		return fmt.Sprint(60 + p.dice.IntN(40))
	case last == "8867-4":
		return fmt.Sprint(55 + p.dice.IntN(60))
	case last == "9279-1":
		return fmt.Sprint(12 + p.dice.IntN(12))
	case last == "8310-5":
		return fmt.Sprintf("36.%d", p.dice.IntN(10))
	}
	return "因为家里有事，想改一下"
}

func pick[T any](p *person, all []T) T { return all[p.dice.IntN(len(all))] }

// wander looks at pages that can be reached, and presses forms on them, each sort
// a few times at most.
func (p *person) wander(pages, forms int) {
	p.t.Helper()
	ahead, seen := []string{"/"}, map[string]bool{"/": true}
	for pages > 0 && len(ahead) > 0 {
		at := p.dice.IntN(len(ahead))
		for i := range ahead { // what was seen least
			if p.visits[p.role+shape(ahead[i])] < p.visits[p.role+shape(ahead[at])] {
				at = i
			}
		}
		path := ahead[at]
		p.visits[p.role+shape(path)]++
		ahead = append(ahead[:at], ahead[at+1:]...)
		pages--
		page := p.open(path)
		for _, l := range page.Links {
			href, _, _ := strings.Cut(l.Href, "#")
			if strings.HasPrefix(href, "/") && !seen[href] && !strings.HasPrefix(href, "/static") && len(seen) < 400 {
				seen[href] = true
				ahead = append(ahead, href)
			}
		}
		for i := range page.Forms {
			if forms == 0 {
				break
			}
			f := page.Forms[i]
			sort := f.Action
			if from, rare := seldom[f.Action]; rare && p.day < from {
				continue
			}
			if p.pressed[sort] >= 2 || strings.Contains(f.Action, "call") && p.dice.IntN(40) > 0 || strings.Contains(f.Action, "leave") || strings.HasSuffix(f.Action, "set-password") && p.world.told["identity.set-password"] > 0 || f.Action == identity.EnterPath || strings.HasPrefix(f.Action, "/look") || f.Action == "/do/identity.contact" && p.name == pinHolder.Name {
				continue
			}
			p.pressed[sort]++
			forms--
			next := p.press(f, nil)
			p.heard[f.Action] = fmt.Sprintf("%v -> %d %s %s", p.sent, next.Status, next.URL.Path, next.Short())
			if next.Status == http.StatusOK && !seen[next.URL.Path] {
				seen[next.URL.Path] = true
				ahead = append([]string{next.URL.Path}, ahead...)
			}
			if next.URL.Path == "/identity/signin" {
				return
			}
		}
	}
}

// tours opens each page that can be reached, those first that nobody of this role
// has seen yet, and presses nothing. What no link leads to it reads off others'
// screens.
func (p *person) tours(from ...string) {
	p.t.Helper()
	ahead, seen, times := append([]string{"/"}, from...), map[string]bool{}, map[string]int{}
	for pages, old := 60, 0; pages > 0 && len(ahead) > 0 && old < 12; pages-- {
		at := slices.IndexFunc(ahead, func(path string) bool { return !p.opened[p.nameOf(path)] })
		if old++; at >= 0 {
			old = 0
		}
		at = max(at, 0)
		path := ahead[at]
		ahead = slices.Delete(ahead, at, at+1)
		if times[p.nameOf(path)]++; times[p.nameOf(path)] > 2 {
			continue
		}
		for _, l := range p.open(path).Links {
			href, _, _ := strings.Cut(l.Href, "#")
			if strings.HasPrefix(href, "/") && !seen[href] && !strings.HasPrefix(href, "/static") {
				seen[href] = true
				ahead = append(ahead, href)
				if parts := strings.Split(href, "/"); len(parts) == 4 && strings.HasPrefix(href, "/appointment/departments/") {
					ahead = append(ahead, href+time.Now().In(care.Zone).AddDate(0, 0, 1).Format("/2006-01-02"))
				}
			}
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(p.addresses)) {
		if path := p.addresses[pattern]; !p.opened[p.nameOf(path)] {
			p.open(path)
		}
	}
}

// nameOf is what a page is called in opened.
func (p *person) nameOf(path string) string {
	channel := care.Desk
	if p.role == string(care.Resident) || p.role == string(care.Visitor) {
		channel = care.Kiosk
	}
	r, err := http.NewRequest(http.MethodGet, "http://station.test"+path, nil)
	if err != nil {
		return path
	}
	_, pattern := pagesOf[channel].Handler(r)
	return p.role + " " + pattern
}

// seldom are forms that end something for others; from which day on they are pressed.
var seldom = map[string]int{"/do/appointment.return": 6, "/do/identity.withdraw": 5, "/do/identity.drop-pin": 7, "/do/report.return": 7, "/do/identity.end-relation": 4,
	"/do/identity.close-kiosk": 1, "/do/appointment.end": 3}

// shape is a path without what names one record.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, s := range parts {
		if i > 2 || strings.ContainsAny(s, "0123456789") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}
