package web

import (
	"fmt"
	"net/http"
	"slices"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// entries lists what the channel offers to somebody, in order.
func (h *Host) entries(r *http.Request, who Session) []servedPage {
	closed := map[string]bool{}
	if h.Closed != nil {
		closed = h.Closed(r.Context())
	}
	role := h.Actor(who).Role
	var out []servedPage
	for _, s := range h.Roster {
		for _, page := range s.Pages {
			p, ok := h.pages[page.Path]
			if !ok || !page.Channels.Has(h.Channel) || p.Entry == nil || closed[p.Entry.Item] && p.Entry.Item != "" {
				continue
			}
			roles := p.Entry.Roles
			if roles == nil {
				roles = p.view.Roles
			}
			// A visitor sees the kiosk's tiles and is asked who they are behind them.
			asked := role == care.Visitor && h.Channel == care.Kiosk && slices.Contains(roles, care.Resident)
			if slices.Contains(roles, role) || asked {
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b servedPage) int { return a.Entry.Order - b.Entry.Order })
	return out
}

// Home is the content of a channel's first page.
type Home struct {
	Tiles screen.Tiles
	Who   string
}

func (h *Host) home(w http.ResponseWriter, r *http.Request) {
	who := h.Sessions.Of(r)
	if who.IsVisitor() && h.Channel != care.Kiosk {
		http.Redirect(w, r, h.SignIn, http.StatusSeeOther)
		return
	}
	mode := h.chrome(r, who).Mode
	body := Home{Who: who.Name, Tiles: screen.Tiles{Label: "可以办的事"}}
	var all []screen.Tile
	for i, p := range h.entries(r, who) {
		all = append(all, screen.Tile{Label: p.Entry.Label, Note: p.Entry.Detail, Icon: p.Entry.Icon, Href: p.Path, Main: i == 0 && h.Channel == care.Kiosk})
	}
	size := 12
	if h.Channel == care.Kiosk {
		size = mode.Choices()
	}
	body.Tiles.Items, body.Tiles.Pager = screen.Window(all, size, pageOf(r), func(n int) string { return fmt.Sprintf("/?page=%d", n) })
	h.Answer(w, r, http.StatusOK, "web/home", body, func(c *screen.Chrome) {
		c.Title = "您好，想办什么事？"
		if h.Channel != care.Kiosk {
			c.Title = "今天的工作"
		}
	})
}

func pageOf(r *http.Request) int {
	var n int
	_, _ = fmt.Sscanf(r.URL.Query().Get("page"), "%d", &n)
	return n
}

// nav is the office channels' side bar.
func (h *Host) nav(r *http.Request, who Session) []screen.NavItem {
	if h.Channel == care.Kiosk || who.IsVisitor() {
		return nil
	}
	out := []screen.NavItem{{Label: "首页", Href: "/", Icon: "house", Current: r.URL.Path == "/"}}
	for _, p := range h.entries(r, who) {
		out = append(out, screen.NavItem{Label: p.Entry.Label, Href: p.Path, Icon: p.Entry.Icon, Current: r.URL.Path == p.Path})
	}
	return out
}
