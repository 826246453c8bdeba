package catalogue

import (
	"errors"
	"slices"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/idnumber"
)

// TerminalInput is a terminal as an operator enters it. Entering one that is
// there changes it.
type TerminalInput struct {
	ID           care.ID       `json:"id"`
	Name         string        `json:"name"`
	Site         protocol.Site `json:"site"`
	Organisation care.ID       `json:"organisation"`
	Room         string        `json:"room,omitzero"`
	Owner        string        `json:"owner"`
	Capabilities []string      `json:"capabilities,omitzero"`
	Theme        string        `json:"theme"`
	Disabled     []string      `json:"disabled,omitzero"`
}

// Check implements care.Checked.
func (in TerminalInput) Check() error {
	switch {
	case !plainID(in.ID):
		return protocol.Refuse("id-form", "编号由 2 到 16 个小写字母、数字或短横线组成").OnField("id")
	case strings.TrimSpace(in.Name) == "":
		return protocol.Refuse("title-missing", "请填写名字").OnField("name")
	case !in.Site.Valid():
		return protocol.Refuse("site-missing", "请选择所属站点").OnField("site")
	case !slices.Contains(care.Owners, in.Owner):
		return protocol.Refuse("owners-unknown", "请选择归属").OnField("owner")
	case !within(in.Capabilities, care.Capabilities):
		return protocol.Refuse("needs-unknown", "没有这种终端能力").OnField("capabilities")
	case !slices.Contains(themes(), in.Theme):
		return protocol.Refuse("theme-unknown", "请选择界面风格").OnField("theme")
	case slices.Contains(in.Capabilities, care.CanConsult) && in.Owner != care.OwnerPrimaryCare:
		return protocol.Refuse("consult-elsewhere", "会诊只能在基层医疗机构自己的终端上开展").OnField("capabilities")
	}
	return nil
}

func setTerminal() care.Action {
	return care.Do(step("catalogue.terminal", "登记或修改终端", operators), func(d *care.Deed, in TerminalInput) error {
		if !in.Organisation.Valid() {
			return errNoOrganisation()
		}
		if there, err := care.Exists(d, care.OrganisationRef(in.Organisation)); err != nil {
			return err
		} else if !there {
			return errNoOrganisation()
		}
		t, _, err := care.Read[care.Terminal](d, care.TerminalRef(in.ID))
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		t.Name, t.Site, t.Organisation, t.Room = strings.TrimSpace(in.Name), in.Site, in.Organisation, strings.TrimSpace(in.Room)
		t.Owner, t.Capabilities, t.Theme, t.Disabled = in.Owner, in.Capabilities, in.Theme, in.Disabled
		return putTerminal(d, in.ID, &t)
	})
}

func errNoOrganisation() error {
	return protocol.Refuse("organisation-missing", "请选择所在机构").OnField("organisation")
}

// putTerminal: the station that serves a terminal follows it, nobody else.
func putTerminal(d *care.Deed, id care.ID, t *care.Terminal) error {
	_, err := care.Write(d, protocol.Draft{Ref: care.TerminalRef(id), Scopes: []protocol.Scope{protocol.SiteScope(t.Site)}}, t)
	return err
}

// Retirement takes a terminal out of service, or back into it.
type Retirement struct {
	ID      care.ID `json:"id"`
	Retired bool    `json:"retired,omitzero"`
}

func retire() care.Action {
	return care.Do(step("catalogue.retire", "停用或恢复终端", operators), func(d *care.Deed, in Retirement) error {
		t, err := terminal(d, in.ID)
		if err != nil {
			return err
		}
		t.Retired = in.Retired
		return putTerminal(d, in.ID, &t)
	})
}

func terminal(r protocol.Reader, id care.ID) (care.Terminal, error) {
	t, _, err := care.Read[care.Terminal](r, care.TerminalRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("no-such-terminal", "没有这台终端").Offer("/catalogue/terminals")
	}
	return t, err
}

func themes() []string {
	var out []string
	for _, t := range screen.Themes() {
		out = append(out, t.Name)
	}
	return out
}

// The types of organisations.
const (
	TypeCounty   = "county-hospital"
	TypeTownship = "township"
	TypeVillage  = "village"
)

var types = []string{TypeCounty, TypeTownship, TypeVillage}

// OrganisationInput is an organisation as an operator enters it. Entering one
// that is there changes it.
type OrganisationInput struct {
	ID      care.ID       `json:"id"`
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	Code    string        `json:"code,omitzero"`
	Site    protocol.Site `json:"site,omitzero"`
	Address string        `json:"address,omitzero"`
	Phone   string        `json:"phone,omitzero"`
}

// Check implements care.Checked.
func (in OrganisationInput) Check() error {
	switch {
	case !plainID(in.ID):
		return protocol.Refuse("id-form", "编号由 2 到 16 个小写字母、数字或短横线组成").OnField("id")
	case strings.TrimSpace(in.Name) == "":
		return protocol.Refuse("title-missing", "请填写名字").OnField("name")
	case !slices.Contains(types, in.Type):
		return protocol.Refuse("type-missing", "请选择机构类型").OnField("type")
	case in.Type == TypeVillage && !in.Site.Valid():
		return protocol.Refuse("site-missing", "卫生站要填写站点编号").OnField("site")
	case in.Type != TypeVillage && in.Site != "":
		return protocol.Refuse("site-needless", "只有卫生站有站点编号").OnField("site")
	}
	if strings.TrimSpace(in.Code) == "" {
		return nil
	}
	if _, err := idnumber.ParseCreditCode(in.Code); err != nil {
		return protocol.Refuse("code-form", "统一社会信用代码有误，请对照证书核对 18 位").OnField("code")
	}
	return nil
}

// setOrganisation enters a place of care. A station's site cannot be given to
// another organisation: journals and scopes are named after it.
func setOrganisation() care.Action {
	return care.Do(step("catalogue.organisation", "登记或修改机构", operators), func(d *care.Deed, in OrganisationInput) error {
		o, _, err := care.Read[care.Organisation](d, care.OrganisationRef(in.ID))
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		if o.Site != "" && o.Site != in.Site {
			return protocol.Refuse("site-fixed", "站点编号登记后不能再改").OnField("site")
		}
		if in.Site != "" && o.Site == "" {
			holder, err := care.Collect[care.Organisation](d, protocol.Query{Kind: care.KindOrganisation, Index: "site", Match: []string{string(in.Site)}})
			if err != nil {
				return err
			}
			if len(holder) > 0 {
				return protocol.Refuse("site-taken", "这个站点编号已经属于另一个机构").OnField("site")
			}
		}
		o.Name, o.Type, o.Site = strings.TrimSpace(in.Name), in.Type, in.Site
		o.Address, o.Phone, o.Code = strings.TrimSpace(in.Address), strings.TrimSpace(in.Phone), ""
		if code, err := idnumber.ParseCreditCode(in.Code); err == nil {
			o.Code = string(code)
		}
		_, err = care.Write(d, protocol.Draft{Ref: care.OrganisationRef(in.ID), Scopes: published}, &o)
		return err
	})
}

func organisation(r protocol.Reader, id care.ID) (care.Organisation, error) {
	o, _, err := care.Read[care.Organisation](r, care.OrganisationRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		err = protocol.Refuse("no-such-place", "没有这个机构").Offer("/catalogue/places")
	}
	return o, err
}
