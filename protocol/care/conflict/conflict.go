package conflict

import (
	"bytes"
	"embed"
	"errors"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

//go:embed screens words
var screens embed.FS

// Service watches over the kinds of a roster. It must stand last in it.
func Service(roster []care.Service) care.Service {
	rules := map[protocol.Kind]care.Kind{}
	for _, s := range roster {
		for _, k := range s.Kinds {
			rules[k.Kind] = k
		}
	}
	return care.Service{
		Name: "conflict", Title: "待核对", Screens: screens,
		Actions:   []care.Action{resolve(rules), decide()},
		Views:     []care.View{open(), one()},
		Pages:     pages(),
		Reactions: []care.Reaction{watch()},
	}
}

// Input names a record whose heads are to become one.
type Input struct {
	Kind protocol.Kind `json:"kind"`
	ID   protocol.ID   `json:"id"`
}

// watch asks for a resolution of every record that a Change left with several
// heads.
func watch() care.Reaction {
	return care.Reaction{Name: "conflict", Place: care.InCounty, Do: func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
		var out []care.Request
		for _, w := range c.Writes {
			rec, err := r.Get(w.Ref)
			if errors.Is(err, protocol.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if rec.Conflicted() {
				out = append(out, request(&rec))
			}
		}
		return out, nil
	}}
}

func request(rec *protocol.Record) care.Request {
	in, _ := protocol.Encode(Input{rec.Ref.Kind, rec.Ref.ID})
	return care.Request{Actor: care.Machine("resolver"), Name: "conflict.resolve", Input: in, Key: "resolve:" + mark(rec)}
}

// mark names a set of heads, in any order.
func mark(rec *protocol.Record) string {
	var names []string
	for _, h := range rec.Heads {
		names = append(names, h.Rev.String())
	}
	slices.Sort(names)
	d := seal.Sum([]byte(rec.Ref.String()), []byte(strings.Join(names, " ")))
	return d.String()[:24]
}

func resolve(rules map[protocol.Kind]care.Kind) care.Action {
	return care.Do(care.Action{
		Name: "conflict.resolve", Title: "合并两处的修改", Roles: []care.Role{care.System},
		Purpose: care.ForOperations, Lane: protocol.Clinical, Place: care.InCounty,
	}, func(d *care.Deed, in Input) error {
		rec, err := d.Get(protocol.Ref{Kind: in.Kind, ID: in.ID})
		if err != nil || !rec.Conflicted() {
			return err
		}
		rule := rules[in.Kind]
		if rule.Custody && rec.Custodian().Custodian != d.Site() {
			return nil // not ours to write: its custodian's next revision ends it, or the service does
		}
		if v, ok := merge(rule, rec.Heads); ok {
			_, err := d.Put(draft(&rec, v))
			return err
		}
		return ask(d, &rec, rule)
	})
}

// merge folds the heads by the rule, oldest first. A rule that does not give
// the same in both directions is not trusted with people's records. Where
// custody was taken by force, the head of the highest fence stands: what was
// sold behind it is the service's to make good.
func merge(rule care.Kind, heads []protocol.Head) (protocol.Value, bool) {
	if rule.Custody {
		if h := byFence(heads); h != nil {
			return h.Value, true
		}
	}
	v := heads[len(heads)-1].Value
	for i := len(heads) - 2; i >= 0; i-- {
		next := heads[i].Value
		if bytes.Equal(v, next) {
			continue
		}
		if rule.Merge == nil {
			return nil, false
		}
		ab, ok1 := rule.Merge(v, next)
		ba, ok2 := rule.Merge(next, v)
		if !ok1 || !ok2 || !bytes.Equal(ab, ba) {
			return nil, false
		}
		v = ab
	}
	return v, true
}

// byFence gives the only head of the highest fence, or nil.
func byFence(heads []protocol.Head) *protocol.Head {
	best, alone := &heads[0], true
	for i := range heads[1:] {
		switch h := &heads[i+1]; {
		case h.Fence > best.Fence:
			best, alone = h, true
		case h.Fence == best.Fence:
			alone = false
		}
	}
	if !alone {
		return nil
	}
	return best
}

// draft is a revision over all heads. Custody stays with the head of the
// highest fence, and scopes add up.
func draft(rec *protocol.Record, v protocol.Value) protocol.Draft {
	out := protocol.Draft{Ref: rec.Ref, Value: v}
	for _, h := range rec.Heads {
		out.Parents = append(out.Parents, h.Rev)
		out.Class = max(out.Class, h.Class)
		if h.Subject != "" {
			out.Subject = h.Subject
		}
		if h.Fence >= out.Fence {
			out.Fence, out.Custodian = h.Fence, h.Custodian
		}
		for _, s := range h.Scopes {
			if !slices.Contains(out.Scopes, s) {
				out.Scopes = append(out.Scopes, s)
			}
		}
	}
	return out
}

// ask opens a task for the kind's decider. The heads stay as they are.
func ask(d *care.Deed, rec *protocol.Record, rule care.Kind) error {
	t := care.Task{Reason: "conflict", For: rule.Decider, About: rec.Ref, Person: rec.Head().Subject,
		Words: "同一条记录在两个地方都改过，系统不能替您决定用哪一个。请对照两份内容，选定一份。"}
	if t.For == "" {
		t.For = care.Supervisor
	}
	for _, h := range rec.Heads {
		t.Heads = append(t.Heads, h.Rev.String())
	}
	return t.Open(d, care.ID("conflict-"+mark(rec)))
}
