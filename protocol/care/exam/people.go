package exam

import (
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/pinyin"
)

// mostPeople is how many people a choice offers; more ask for more letters.
const mostPeople = 12

// people finds residents by name, pinyin, telephone, household or the last four
// digits, as answers to the question whose reading it is. Birth date and last
// four digits stand beside each name, so that nobody is picked blindly.
func people(l *care.Look, text string) ([]screen.Option, error) {
	text = strings.TrimSpace(text)
	if len(text) < 2 {
		return nil, nil
	}
	seen := map[care.ID]bool{}
	var out []screen.Option
	for _, by := range [][2]string{
		{"keys", pinyin.Normal(text)}, {"last4", strings.ToUpper(text)}, {"phone", text}, {"household", text},
	} {
		if by[1] == "" {
			continue
		}
		found, err := care.Collect[care.Person](l, protocol.Query{Kind: care.KindResident, Index: by[0], Match: []string{by[1]}, Limit: mostPeople})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !seen[f.Ref.ID] && len(out) < mostPeople {
				seen[f.Ref.ID] = true
				out = append(out, choice(f.Ref.ID, &f.Value))
				l.Saw(f.Ref.ID, 1)
			}
		}
	}
	return out, nil
}

func choice(id care.ID, p *care.Person) screen.Option {
	note := p.Birth
	if p.Last4 != "" {
		note += " · **" + p.Last4
	}
	return screen.Option{Value: string(id), Label: p.Name, Note: note}
}
