package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
)

// Card is the identity card of the n-th villager who does not exist: region
// 990101, which is nobody's, and the check character of GB 11643.
func Card(n int) identity.Card {
	body := fmt.Sprintf("990101%04d%02d%02d%03d", 1930+n%70, 1+n%12, 1+n%28, n%1000)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(body[i]-'0')
	}
	return identity.Card{Name: fmt.Sprintf("示例%d", n), Number: body + string("10X98765432"[sum%11]), Ethnic: "01", Address: "示范县青石村"}
}

// Villager registers the n-th villager by card and has them agree to all that
// the shipped forms ask.
func Villager(ctx context.Context, engine *care.Engine, n int) (care.Actor, error) {
	input, err := protocol.Encode(Card(n))
	if err != nil {
		return care.Actor{}, err
	}
	a, err := engine.Do(ctx, care.Request{Actor: care.Machine("card-reader"), Name: "identity.card", Input: input})
	if err != nil {
		return care.Actor{}, err
	}
	who := care.Actor{ID: a.About.ID, Role: care.Resident, Method: care.ByCard, Assurance: 2}
	return who, agree(ctx, engine, who)
}

func agree(ctx context.Context, engine *care.Engine, who care.Actor) error {
	for _, q := range identity.Initial() {
		if q.Name != "identity.publish-form" {
			continue
		}
		var form struct {
			Purpose care.ConsentPurpose `json:"purpose"`
			Version string              `json:"version"`
		}
		if err := json.Unmarshal(q.Input, &form); err != nil {
			return err
		}
		input, err := protocol.Encode(identity.Agreement{Person: who.ID, Purpose: form.Purpose, Version: form.Version})
		if err != nil {
			return err
		}
		if _, err := engine.Do(ctx, care.Request{Actor: who, Name: "identity.consent", Input: input}); err != nil {
			return err
		}
	}
	return nil
}
