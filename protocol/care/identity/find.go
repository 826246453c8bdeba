package identity

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/idnumber"
	"xiangyi/protocol/codec/pinyin"
)

// Search is what somebody typed to find a person: name, pinyin or initials,
// household number, the last four of document or telephone, or a whole number.
// The group narrows it, and alone lists the group.
type Search struct {
	Q     string        `json:"q,omitzero"`
	Group string        `json:"group,omitzero"`
	Home  protocol.Site `json:"home,omitzero"`
	Page  int           `json:"page,omitzero"`
}

// A search that matches more people than this asks for more letters.
const mostFound = 200

// tooShort: one letter would list a fifth of the village.
func (s Search) tooShort() bool {
	text := strings.TrimSpace(s.Q)
	if text == "" {
		return s.Group == "" && s.Home == ""
	}
	return len(text) < 2
}

// find looks people up. Nothing is scanned: each way to search is an index.
func find(r protocol.Reader, s Search) ([]care.Found[care.Person], error) {
	seen := map[care.ID]bool{}
	var out []care.Found[care.Person]
	for _, q := range s.queries() {
		q.Kind, q.Limit = care.KindResident, mostFound
		found, err := care.Collect[care.Person](r, q)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if s.fits(&f.Value) && !seen[f.Ref.ID] {
				seen[f.Ref.ID] = true
				out = append(out, f)
			}
		}
	}
	if n, err := idnumber.Parse(s.Q); err == nil {
		ref := care.ResidentRef(r.PersonID(DocumentCard, n.String()))
		p, rec, err := care.Read[care.Person](r, ref)
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return nil, err
		}
		if err == nil && s.fits(&p) && !seen[ref.ID] {
			out = append(out, care.Found[care.Person]{Record: rec, Value: p})
		}
	}
	if strings.TrimSpace(s.Q) != "" {
		slices.SortStableFunc(out, func(a, b care.Found[care.Person]) int { return byLikeness(r.Site(), &a.Value, &b.Value) })
	}
	return out, nil
}

// byLikeness puts this station's people first, then equal names together, the
// older one first.
func byLikeness(here protocol.Site, a, b *care.Person) int {
	if (a.Home == here) != (b.Home == here) {
		if a.Home == here {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Birth, b.Birth))
}

func (s Search) fits(p *care.Person) bool {
	return (s.Group == "" || p.Group == s.Group) && (s.Home == "" || p.Home == s.Home)
}

func (s Search) queries() []protocol.Query {
	text := strings.TrimSpace(s.Q)
	by := func(index, what string) protocol.Query { return protocol.Query{Index: index, Match: []string{what}} }
	switch {
	case s.tooShort():
		return nil
	case text == "" && s.Home != "":
		q := by("home", string(s.Home))
		q.Latest = true
		return []protocol.Query{q}
	case text == "":
		return []protocol.Query{by("group", s.Group)}
	}
	out := []protocol.Query{}
	if p, err := idnumber.ParsePhone(text); err == nil {
		out = append(out, by("phone", string(p)))
	}
	if digits(text) != "" {
		out = append(out, by("household", text))
		if len(text) == 4 {
			out = append(out, by("last4", strings.ToUpper(text)))
		}
	}
	if key := pinyin.Normal(text); key != "" {
		out = append(out, by("keys", key))
	}
	return out
}
