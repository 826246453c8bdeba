package report

import (
	"strings"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/mask"
)

// Verdict is what a check of a paper found.
type Verdict string

// The verdicts.
const (
	Ask        Verdict = ""           // no code was given
	NotACode   Verdict = "not-a-code" // a slip of the finger
	Unknown    Verdict = "unknown"    // not here: false, or not arrived yet
	Genuine    Verdict = "genuine"
	Superseded Verdict = "superseded" // genuine, but the hospital issued a newer one
	TakenBack  Verdict = "withdrawn"  // genuine, but the hospital withdrew it
	Altered    Verdict = "altered"    // what is kept, or what is printed, is not what was issued
)

// Check is the page of a check. It says nothing of what the report found.
type Check struct {
	Verdict Verdict
	Code    string // as it was given, or in groups of four
	Name    string // masked
	Issuer  string
	Issued  time.Time
	Items   int    // how many lines the paper must have
	Digest  string // SM3, hex, in groups of eight
	County  bool   // asked where every report is known
}

// Question is the input of report.verify. It comes from paper: no personal
// data, so none in an address.
type Question struct {
	Code   string `json:"code,omitempty"`
	Digest string `json:"digest,omitempty"` // the first characters of the digest on the paper, if somebody typed them
}

// everybody may check a paper.
var everybody = care.Roles(care.Visitor, care.Resident, care.Staff)

func verify() care.View {
	return care.Show(care.View{Name: "report.verify", Roles: everybody, Purpose: care.ForOperations, Personal: true},
		func(l *care.Look, q Question) (Check, error) {
			out := Check{Code: q.Code, County: l.Site() == "county"}
			if strings.TrimSpace(q.Code) == "" {
				return out, nil
			}
			code := ReadCode(q.Code)
			if code == "" {
				out.Verdict = NotACode
				return out, nil
			}
			out.Code, out.Verdict = ShowCode(code), Unknown
			c, _, err := care.Read[Code](l, codeRef(code))
			if isNotFound(err) {
				return out, nil
			}
			if err != nil {
				return out, err
			}
			return out, check(l, &out, &c, q.Digest)
		})
}

func check(l *care.Look, out *Check, c *Code, typed string) error {
	rec, err := l.Get(Ref(c.Report))
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := version(l, c.Report, c.Version)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if ok, err := released(l, c.Report, &r); err != nil || !ok {
		return err // it was never on paper
	}
	p, _, err := care.Read[care.Person](l, care.ResidentRef(r.Person))
	if err != nil && !isNotFound(err) {
		return err
	}
	out.Name, out.Issuer, out.Issued, out.Items = mask.Name(p.Name), r.Issuer, r.Issued, len(r.Items)
	out.Digest = eights(c.Digest)
	l.Saw(r.Person, 1)
	latest, sight, err := look(l, &rec)
	if err != nil {
		return err
	}
	sum, err := digest(r.Person, &r.Content)
	if err != nil {
		return err
	}
	switch {
	case sum.String() != c.Digest || !strings.HasPrefix(c.Digest, plainDigest(typed)):
		out.Verdict = Altered
	case sight == Withdrawn:
		out.Verdict = TakenBack
	case latest.Version != c.Version:
		out.Verdict = Superseded
	default:
		out.Verdict = Genuine
	}
	return nil
}

func plainDigest(typed string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "　", "").Replace(typed))
}

// eights writes a digest in groups of eight.
func eights(hex string) string {
	var groups []string
	for len(hex) > 8 {
		groups, hex = append(groups, hex[:8]), hex[8:]
	}
	return strings.Join(append(groups, hex), " ")
}

// verifyPath is where a paper sends people. The host puts its address before it.
func verifyPath(code string) string { return "/verify?code=" + code }
