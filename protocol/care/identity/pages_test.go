package identity

import (
	"regexp"
	"strings"
	"testing"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

type shownPage struct {
	template, title string
	channel         screen.Channel
	body            any
}

// filled shows every page of the service as a small village fills it.
func filled(t *testing.T) []shownPage {
	w, v01, _ := countyWith(t)
	granny, child := family(t, w, v01)
	v01.Do(granny.Actor, "identity.contact", Contact{Person: granny.Actor.ID, Phone: "13800138000", Keep: true})
	v01.Do(granny.Actor, "identity.set-pin", NewPIN{granny.Actor.ID, secret(somebodysPIN)})
	v01.Do(granny.Actor, "identity.consent", Agreement{granny.Actor.ID, care.ConsentHealth, version(care.ConsentHealth)})
	v01.Do(granny.Actor, "identity.call", Ring{"/identity/me"})
	opening := v01.Do(doctor, "identity.break-glass", Glass{Person: child.Actor.ID, Why: "critical", Words: "The child fell from a wall."}).About.ID
	w.Settle()
	kioskPage := func(template string, body any) shownPage {
		return shownPage{template, "我的资料", screen.Kiosk, body}
	}
	deskPage := func(template string, body any) shownPage {
		return shownPage{template, "居民资料", screen.Desk, body}
	}
	me, id, kid := granny.Actor, AboutPerson{granny.Actor.ID}, AboutPerson{child.Actor.ID}
	return []shownPage{
		kioskPage("identity/signin", caretest.Show[Ways](v01, visitor, "identity.ways", Return{"/appointment"})),
		kioskPage("identity/reading", caretest.Show[Reading](v01, visitor, "identity.reading", nil)),
		kioskPage("identity/enter", caretest.Show[Entry](v01, visitor, "identity.phone-entry", nil)),
		kioskPage("identity/calling", caretest.Show[Calling](v01, me, "identity.calling", nil)),
		kioskPage("identity/me", caretest.Show[Me](v01, me, "identity.mine", nil)),
		kioskPage("identity/form", caretest.Show[Form](v01, me, "identity.my-phone", nil)),
		kioskPage("identity/form", caretest.Show[Form](v01, me, "identity.my-wishes", nil)),
		kioskPage("identity/form", caretest.Show[Form](v01, me, "identity.my-pin", nil)),
		kioskPage("identity/wards", caretest.Show[Wards](v01, me, "identity.wards", nil)),
		kioskPage("identity/wards", caretest.Show[Wards](v01, child.Actor, "identity.wards", nil)),
		kioskPage("identity/consents", caretest.Show[Consents](v01, me, "identity.consents", nil)),
		kioskPage("identity/consent", caretest.Show[ConsentPage](v01, me, "identity.consent-page", consentInput{Purpose: care.ConsentBasic})),
		kioskPage("identity/consent", caretest.Show[ConsentPage](v01, me, "identity.consent-page", consentInput{Purpose: care.ConsentHealth})),
		deskPage("identity/consent", caretest.Show[ConsentPage](v01, doctor, "identity.consent-page", consentInput{Purpose: care.ConsentNotice, Person: child.Actor.ID})),
		deskPage("identity/enter", caretest.Show[Entry](v01, visitor, "identity.staff-entry", nil)),
		deskPage("identity/staff-password", caretest.Show[Entry](v01, doctor, "identity.password-form", nil)),
		deskPage("identity/find", caretest.Show[Found](v01, doctor, "identity.find", Search{Q: "zeng"})),
		deskPage("identity/find", caretest.Show[Found](w.County(), doctor, "identity.find", Search{})),
		deskPage("identity/register", caretest.Show[RegisterPage](v01, doctor, "identity.register-form", Registration{Name: "曾小苗"})),
		deskPage("identity/person", caretest.Show[PersonPage](v01, doctor, "identity.person", id)),
		deskPage("identity/person", caretest.Show[PersonPage](v01, doctor, "identity.person", kid)),
		deskPage("identity/person-form", caretest.Show[EditPage](v01, doctor, "identity.edit-form", id)),
		deskPage("identity/person-form", caretest.Show[EditPage](v01, doctor, "identity.guardian-form", kid)),
		deskPage("identity/calls", caretest.Show[Calls](v01, doctor, "identity.calls", nil)),
		deskPage("identity/staff", caretest.Show[StaffList](w.County(), chief, "identity.staff", nil)),
		deskPage("identity/staff-page", caretest.Show[StaffPage](w.County(), chief, "identity.staff-new", nil)),
		deskPage("identity/staff-page", caretest.Show[StaffPage](w.County(), chief, "identity.staff-page", staffID{"d01"})),
		deskPage("identity/staff-page", caretest.Show[StaffPage](w.County(), guard, "identity.staff-page", staffID{"o01"})),
		deskPage("identity/emergency", caretest.Show[GlassPage](v01, doctor, "identity.emergency-form", glassTyped{Person: child.Actor.ID})),
		deskPage("identity/emergency", caretest.Show[GlassPage](v01, doctor, "identity.emergency-form", nil)),
		deskPage("identity/emergencies", caretest.Show[GlassList](w.County(), guard, "identity.emergencies", nil)),
		deskPage("identity/emergency-one", caretest.Show[GlassOne](w.County(), guard, "identity.emergency", glassID{opening})),
		deskPage("identity/staff", caretest.Show[StaffList](w.County(), auditor, "identity.staff", nil)),
	}
}

// own are Chinese texts that stay Chinese on an English page: names, and the
// other language's switch.
var own = regexp.MustCompile(`曾丽华|曾小苗|曾\*[华苗*]|中文|一号自助机|大厅|示范县人民医院|石坝镇卫生院|[一二]村卫生站|内科副主任医师，长期下乡带教村医。|高血压、糖尿病、慢性咳嗽|黄春梅|陈文彬|覃安|梁伟|示范省示范市示范县横沥镇[^<"]*|《[^》]*》[^<]*`)

// unspoken fails on Chinese that an English page shows by oversight.
func unspoken(t *testing.T, template, page string) {
	t.Helper()
	page = page[strings.Index(page, `id="main"`):strings.LastIndex(page, "</main>")]
	left := regexp.MustCompile(`[\p{Han}][^<"]*`).FindAllString(own.ReplaceAllString(page, ""), -1)
	for _, text := range left {
		t.Errorf("%s in English says %q", template, text)
	}
}
