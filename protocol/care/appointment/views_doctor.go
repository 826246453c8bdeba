package appointment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/pinyin"
)

// DoctorInput searches doctors.
type DoctorInput struct {
	Q          string  `json:"q"` // name, pinyin, initials or specialty
	Department care.ID `json:"department"`
	Page       int     `json:"page"`
	Move       care.ID `json:"move"`
	Person     care.ID `json:"person"`
}

func (in DoctorInput) way() way { return way{in.Move, in.Person} }

// DoctorRow is one doctor in the list.
type DoctorRow struct {
	Name, Title, Department, Org, Expertise string
	Href                                    string
}

// Letter is a key of the pad: the next letter of some doctor's initials.
type Letter struct{ Text, Href string }

// Doctors is the list of those who see people by appointment.
type Doctors struct {
	Q       string
	Move    care.ID
	Person  care.ID
	Letters []Letter
	Back    string // takes the last letter away
	List    List[DoctorRow]
}

// Frame leads back to where the person came from.
func (p Doctors) Frame(c *screen.Chrome) { c.Back = way{p.Move, p.Person}.start(c) }

var chooseDoctor = care.Show(care.View{
	Name: "appointment.doctors", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in DoctorInput) (Doctors, error) {
	path := in.way().to("/appointment/doctors")
	out := Doctors{Q: in.Q, Move: in.Move, Person: in.Person, List: List[DoctorRow]{At: in.Page, Path: path}}
	if in.Q != "" {
		out.List.Path = addQuery(path, "q", in.Q)
		short := []rune(in.Q)
		out.Back = path
		if len(short) > 1 {
			out.Back = addQuery(path, "q", string(short[:len(short)-1]))
		}
	}
	doctors, err := doctorsOf(l)
	if err != nil {
		return out, err
	}
	letters := map[string]bool{}
	for _, d := range doctors {
		if in.Department != "" && d.department != in.Department {
			continue
		}
		for next := range d.letters(in.Q) {
			letters[next] = true
		}
		if !d.matches(in.Q) {
			continue
		}
		d.row.Href = in.way().to("/appointment/doctor/" + string(d.id))
		out.List.Items = append(out.List.Items, d.row)
	}
	for _, next := range slices.Sorted(keys(letters)) {
		out.Letters = append(out.Letters, Letter{strings.ToUpper(next), addQuery(path, "q", strings.ToLower(in.Q)+next)})
	}
	return out, nil
})

func keys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// practising is a doctor who has a weekly schedule or a session ahead.
type practising struct {
	id, department care.ID
	row            DoctorRow
}

func doctorsOf(r protocol.Reader) ([]practising, error) {
	weekly, err := templates(r)
	if err != nil {
		return nil, err
	}
	ahead, err := sessionsBy(r, "all", "", r.Now(), time.Time{})
	if err != nil {
		return nil, err
	}
	seen := map[care.ID]bool{}
	var out []practising
	add := func(doctor, department, org care.ID) error {
		if seen[doctor] {
			return nil
		}
		seen[doctor] = true
		staff, there, err := optional[care.StaffMember](r, care.StaffRef(doctor))
		if err != nil || !there || staff.Suspended {
			return err // who may not practise is not offered
		}
		n, err := lookUp(r, org, department, doctor)
		out = append(out, practising{doctor, department, DoctorRow{n.Doctor, n.Title, n.Department, n.Org, staff.Expertise, ""}})
		return err
	}
	for _, t := range weekly {
		if err := add(t.Value.Doctor, t.Value.Department, t.Value.Org); err != nil {
			return nil, err
		}
	}
	for _, s := range ahead {
		if err := add(s.Value.Doctor, s.Value.Department, s.Value.Org); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b practising) int { return cmp.Compare(a.id, b.id) })
	return out, nil
}

// matches reports whether what was typed finds the doctor: by name in
// characters or pinyin, or by specialty.
func (d *practising) matches(q string) bool {
	if q == "" || pinyin.Matches(d.row.Name, q) {
		return true
	}
	return strings.Contains(d.row.Expertise, q) || strings.Contains(d.row.Department, q)
}

// letters gives the letters that may follow what was typed of the initials.
func (d *practising) letters(q string) map[string]bool {
	out := map[string]bool{}
	for _, key := range pinyin.Keys(d.row.Name) {
		if rest, ok := strings.CutPrefix(key, strings.ToLower(q)); ok && rest != "" && rest[0] >= 'a' && rest[0] <= 'z' && isInitials(key, d.row.Name) {
			out[rest[:1]] = true
		}
	}
	return out
}

// isInitials reports whether a search key has one letter for each character.
func isInitials(key, name string) bool { return len(key) == len([]rune(name)) }

// Profile is the page of one doctor.
type Profile struct {
	DoctorRow
	About string
	Years int // of practice; 0 unknown
	List  List[SessionRow]
	back  string
}

// PageTitle is the doctor's name.
func (p Profile) PageTitle() string { return p.Name }

// Frame leads back to the list.
func (p Profile) Frame(c *screen.Chrome) { c.Back = p.back }

// OneDoctor names a doctor.
type OneDoctor struct {
	Doctor care.ID `json:"doctor"`
	Page   int     `json:"page"`
	Move   care.ID `json:"move"`
	Person care.ID `json:"person"`
}

var oneDoctor = care.Show(care.View{
	Name: "appointment.doctor", Roles: everyone, Purpose: care.ForBooking,
}, func(l *care.Look, in OneDoctor) (Profile, error) {
	w := way{in.Move, in.Person}
	staff, _, err := find[care.StaffMember](l, care.StaffRef(in.Doctor), "no-doctor", "没有找到这位医生", "/appointment/doctors")
	if err != nil {
		return Profile{}, err
	}
	if staff.Suspended {
		return Profile{}, protocol.Refuse("no-doctor", "没有找到这位医生").Offer("/appointment/doctors")
	}
	n, err := lookUp(l, staff.Organisation, staff.Department, in.Doctor)
	if err != nil {
		return Profile{}, err
	}
	out := Profile{DoctorRow: DoctorRow{n.Doctor, n.Title, n.Department, n.Org, staff.Expertise, ""}, About: staff.Profile, back: w.to("/appointment/doctors")}
	if staff.Since > 0 {
		out.Years = l.Now().In(care.Zone).Year() - staff.Since
	}
	all, err := sessionsBy(l, "doctor", string(in.Doctor), l.Now(), time.Time{})
	if err != nil {
		return out, err
	}
	rows, err := sessionRows(l, all, w)
	out.List = List[SessionRow]{rows, in.Page, w.to("/appointment/doctor/" + string(in.Doctor))}
	return out, err
})
