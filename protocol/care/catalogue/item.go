package catalogue

import (
	"errors"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// ItemDraft is an item as an operator writes it.
type ItemDraft struct {
	ID     care.ID  `json:"id"`
	Title  string   `json:"title"`
	Detail string   `json:"detail"`
	Needs  []string `json:"needs,omitzero"`
	Owners []string `json:"owners,omitzero"`
	Order  int      `json:"order,omitzero"`
}

// Check implements care.Checked.
func (in ItemDraft) Check() error {
	switch {
	case !plainID(in.ID):
		return protocol.Refuse("id-form", "编号由 2 到 16 个小写字母、数字或短横线组成").OnField("id")
	case slices.Contains(care.Capabilities, string(in.ID)):
		return protocol.Refuse("id-taken", "这个编号是终端能力的名字，请换一个").OnField("id")
	case strings.TrimSpace(in.Title) == "":
		return protocol.Refuse("title-missing", "请填写名字").OnField("title")
	case strings.TrimSpace(in.Detail) == "":
		return protocol.Refuse("detail-missing", "请用一句话说明这项服务").OnField("detail")
	case !within(in.Needs, care.Capabilities):
		return protocol.Refuse("needs-unknown", "没有这种终端能力").OnField("needs")
	case !within(in.Owners, care.Owners):
		return protocol.Refuse("owners-unknown", "没有这种归属").OnField("owners")
	}
	return nil
}

// plainID: what stands in addresses and is said on the telephone.
func plainID(id care.ID) bool {
	return len(id) >= 2 && len(id) <= 16 && strings.Trim(string(id), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func within(given, known []string) bool {
	return !slices.ContainsFunc(given, func(s string) bool { return !slices.Contains(known, s) })
}

// draft writes a new item, goes on with a draft, or begins the next version of
// one that is offline. What is under review or online is not changed under the
// eyes of those who look at it.
func draft() care.Action {
	return care.Do(care.Action{
		Name: "catalogue.draft", Title: "起草服务事项", Roles: operators,
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
	}, func(d *care.Deed, in ItemDraft) error {
		i, _, err := care.Read[care.Item](d, care.ItemRef(string(in.ID)))
		switch {
		case errors.Is(err, protocol.ErrNotFound):
			i.Version = 1
		case err != nil:
			return err
		case i.State == care.ItemReview:
			return protocol.Refuse("in-review", "正在审核，请等审核完或退回后再改").Offer(path(in.ID))
		case i.State == care.ItemOnline:
			return protocol.Refuse("is-online", "已经上线，要改内容请先下线").Offer(path(in.ID))
		case i.State == care.ItemOffline:
			i.Version++
		}
		i.Title, i.Detail, i.Order = strings.TrimSpace(in.Title), strings.TrimSpace(in.Detail), in.Order
		i.Needs, i.Owners = in.Needs, in.Owners
		return put(d, in.ID, i, care.ItemDraft, "")
	})
}

func path(item care.ID) string { return "/catalogue/items/" + string(item) }

func put(d *care.Deed, id care.ID, i care.Item, to care.ItemState, reason string) error {
	i.State, i.Reason, i.By, i.At = to, strings.TrimSpace(reason), d.Actor.ID, d.Now()
	_, err := care.Write(d, protocol.Draft{Ref: care.ItemRef(string(id)), Scopes: published}, &i)
	return err
}

// Named is the input of a step that needs no reason.
type Named struct {
	ID care.ID `json:"id"`
}

// Reasoned is the input of a step that somebody else will ask about.
type Reasoned struct {
	ID     care.ID `json:"id"`
	Reason string  `json:"reason"`
}

// Check implements care.Checked.
func (in Reasoned) Check() error {
	if len([]rune(strings.TrimSpace(in.Reason))) < 2 {
		return protocol.Refuse("reason-missing", "请写明理由").OnField("reason")
	}
	return nil
}

// submit asks for a review.
func submit() care.Action {
	return care.Do(step("catalogue.submit", "提交审核", operators), func(d *care.Deed, in Named) error {
		i, err := from(d, in.ID, care.ItemDraft)
		if err != nil {
			return err
		}
		return put(d, in.ID, i, care.ItemReview, "")
	})
}

// giveBack returns an item to its author.
func giveBack() care.Action {
	return care.Do(step("catalogue.return", "退回修改", overseers), func(d *care.Deed, in Reasoned) error {
		i, err := from(d, in.ID, care.ItemReview)
		if err != nil {
			return err
		}
		return put(d, in.ID, i, care.ItemDraft, in.Reason)
	})
}

// online opens an item after its review, or again after it was offline without
// a change. Nobody opens what they wrote.
func online() care.Action {
	return care.Do(step("catalogue.online", "上线", overseers), func(d *care.Deed, in Named) error {
		i, err := from(d, in.ID, care.ItemReview, care.ItemOffline)
		if err != nil {
			return err
		}
		if i.State == care.ItemReview && i.By == d.Actor.ID {
			return protocol.Refuse("own-draft", "自己提交的事项要由另一个人审核上线")
		}
		return put(d, in.ID, i, care.ItemOnline, "")
	})
}

// offline closes an item for new cases, everywhere within one exchange.
func offline() care.Action {
	return care.Do(step("catalogue.offline", "下线", overseers), func(d *care.Deed, in Reasoned) error {
		i, err := from(d, in.ID, care.ItemOnline)
		if err != nil {
			return err
		}
		return put(d, in.ID, i, care.ItemOffline, in.Reason)
	})
}

func step(name protocol.ActionName, title string, who []care.Role) care.Action {
	return care.Action{Name: name, Title: title, Roles: who, Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty}
}

// from reads an item that must stand in one of some states.
func from(d *care.Deed, id care.ID, states ...care.ItemState) (care.Item, error) {
	i, err := item(d, id)
	if err == nil && !slices.Contains(states, i.State) {
		err = protocol.Refuse("wrong-state", "这个事项现在的状态不能这样做，请刷新后再看").Offer(path(id))
	}
	return i, err
}

func item(r protocol.Reader, id care.ID) (care.Item, error) {
	if !id.Valid() {
		return care.Item{}, protocol.Refuse("no-such-item", "没有这个服务事项").Offer("/catalogue/items")
	}
	i, _, err := care.Read[care.Item](r, care.ItemRef(string(id)))
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("no-such-item", "没有这个服务事项").Offer("/catalogue/items")
	}
	return i, err
}
