package hospital

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// Code is a local code with its name.
type Code struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Item is one line of a report.
type Item struct {
	Code
	Value  string `json:"value"` // as the laboratory writes it; a number keeps its digits
	Unit   string `json:"unit"`  // UCUM
	Range  string `json:"range"`
	Flag   string `json:"flag"`   // H, L, HH, LL, A, N or empty
	Status string `json:"status"` // default F
}

// Report is a laboratory report about an invented person.
type Report struct {
	ID       string    `json:"id"`
	IDNumber string    `json:"idNumber"` // resident identity number
	Person   string    `json:"person"`   // the county's person id; one of the two is needed
	Name     string    `json:"name"`
	Sex      string    `json:"sex"`   // M, F, or empty
	Birth    string    `json:"birth"` // YYYYMMDD
	Order    string    `json:"order"` // placer order number
	Service  Code      `json:"service"`
	Status   string    `json:"status"`   // F, P, C, X; default F
	Reviewer Code      `json:"reviewer"` // empty while nobody has reviewed it
	Observed time.Time `json:"observed"` // zero: now
	Reported time.Time `json:"reported"` // zero: now
	Items    []Item    `json:"items"`
	Comment  string    `json:"comment"`
	Charset  Charset   `json:"charset"` // default UNICODE UTF-8
}

var errReport = errors.New("a report needs an id, a person and a charset that the hospital speaks")

// Report queues a report for the county and returns its control id, for Wait.
func (h *Hospital) Report(r Report) (control string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.o.Now()
	if r.Charset == "" {
		r.Charset = UTF8
	}
	if r.ID == "" || r.IDNumber == "" && r.Person == "" || r.Charset != UTF8 && r.Charset != GB18030 {
		return "", errReport
	}
	if r.Observed.IsZero() {
		r.Observed = now
	}
	if r.Reported.IsZero() {
		r.Reported = now
	}
	if r.Status == "" {
		r.Status = "F"
	}
	control = h.nextControl()
	m := &message{charset: r.Charset, segments: r.segments()}
	m.segments = append([]segment{h.header([3]string{"ORU", "R01", "ORU_R01"}, control, r.Charset, "XIANGYI", "COUNTY")}, m.segments...)
	if err := h.post(control, "ORU^R01", m); err != nil {
		return "", err
	}
	return control, h.save()
}

func (r Report) segments() []segment {
	reviewer := ""
	if r.Reviewer.ID != "" {
		reviewer = escape(r.Reviewer.ID) + "&" + escape(r.Reviewer.Name)
	}
	out := []segment{
		fields("PID", map[int]string{1: "1", 3: r.person(), 5: escape(r.Name), 7: r.Birth, 8: r.Sex}),
		{"ORC", "RE", escape(r.Order), escape(r.ID)},
		fields("OBR", map[int]string{1: "1", 2: escape(r.Order), 3: escape(r.ID), 4: join(r.Service.ID, r.Service.Name, "L"),
			7: stamp(r.Observed), 22: stamp(r.Reported), 24: "LAB", 25: r.Status, 32: reviewer}),
	}
	for i, item := range r.Items {
		out = append(out, item.segment(i+1, r.Observed))
	}
	if r.Comment != "" {
		out = append(out, segment{"NTE", "1", "L", escape(r.Comment)})
	}
	return out
}

// person makes PID-3: both identifiers where both are known.
func (r Report) person() string {
	national, county := "", ""
	if r.IDNumber != "" {
		national = join(r.IDNumber, "", "", "MPS", "NI")
	}
	if r.Person != "" {
		county = join(r.Person, "", "", "XY", "PI")
	}
	if national != "" && county != "" {
		return national + "~" + county
	}
	return national + county
}

var numeric = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)

func (i Item) segment(n int, observed time.Time) segment {
	kind, unit, status := "ST", "", i.Status
	if numeric.MatchString(i.Value) {
		kind = "NM"
	}
	if i.Unit != "" {
		unit = join(i.Unit, "", "UCUM")
	}
	if status == "" {
		status = "F"
	}
	return fields("OBX", map[int]string{1: strconv.Itoa(n), 2: kind, 3: join(i.ID, i.Name, "L"), 5: escape(i.Value), 6: unit,
		7: escape(i.Range), 8: i.Flag, 11: status, 14: stamp(observed)})
}
