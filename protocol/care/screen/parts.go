package screen

// The parts of a page. Each has a template of the same name under "ui/": a
// Tile is shown by {{template "ui/tile" .}}. Texts may be Chinese keys; they are
// translated when they are shown, and pass through unchanged when they are not
// keys (a name, a number, a text that was already translated).

// Hidden is a value that a form carries along.
type Hidden struct{ Name, Value string }

// Tile is one large choice with an icon: a link, or a form when Action is set.
type Tile struct {
	Label  string
	Note   string // a second line
	Icon   string
	Href   string
	Action string // POST address; Fields go with it
	Fields []Hidden
	Count  int    // waiting things; 0 shows none
	Key    string // keyboard shortcut
	Main   bool   // the one that is due: drawn first among equals
	Closed string // why it cannot be chosen now; the tile then is no link
}

// Tiles is a page of tiles with what leads to the others.
type Tiles struct {
	Label string // spoken name of the group
	Items []Tile
	Pager Pager
}

// Button is an action or a way on. With Href it is a link, with Action a form
// of its own, else it submits the form around it.
type Button struct {
	Label  string
	Href   string
	Action string
	Fields []Hidden
	Name   string // name and value that a submit sends
	Value  string
	Icon   string
	Look   Look
	Key    string
}

// Look is how much a button asks for attention.
type Look string

// A page has one Primary button; the zero Look is Secondary.
const (
	Primary   Look = "primary"
	Secondary Look = ""
	Danger    Look = "danger"
	Quiet     Look = "quiet"
)

// Option is one answer of Choices or of a select Field.
type Option struct {
	Value, Label, Note, Icon string
	Checked                  bool
	Closed                   string // why it cannot be chosen
}

// Choices is a question with answers to pick from: radio buttons, or check
// boxes when Many.
type Choices struct {
	Name    string
	Legend  string
	Hint    string
	Error   string
	Options []Option
	Many    bool
	Pager   Pager
}

// Field is one thing to fill in.
type Field struct {
	Name         string
	Label        string
	Hint         string
	Error        string
	Value        string
	Type         string // text (default), tel, number, date, password, search, textarea, select
	Unit         string // shown behind the box: mmHg
	Autocomplete string
	Options      []Option // for select
	Width        int      // in characters, 0 = full
	MaxLength    int
	Optional     bool // says so beside the label
	Numpad       bool // the kiosk shows a number pad
}

// Kind is the tone of a notice or a mark; every tone also has an icon and words.
type Kind string

// The tones. Calm is waiting without worry, never an error.
const (
	Info Kind = "info"
	Good Kind = "good"
	Warn Kind = "warn"
	Bad  Kind = "bad"
	Calm Kind = "calm"
)

// Icon is the sign that goes with a tone, so that colour never stands alone.
func (k Kind) Icon() string {
	switch k {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	case Calm:
		return "hourglass"
	}
	return "info"
}

// Notice tells something, with at most one thing to do about it.
type Notice struct {
	Kind   Kind
	Title  string
	Text   string
	Action *Button // for instance 撤销
}

// Mark is a small status word: 已取消, 偏高, 危急.
type Mark struct {
	Kind Kind
	Text string
	Icon string // the tone's own when empty
}

// Sign is the icon to draw.
func (m Mark) Sign() string {
	if m.Icon != "" {
		return m.Icon
	}
	return m.Kind.Icon()
}

// Summary is a list of what was asked and answered, or of facts.
type Summary struct {
	Title string
	Rows  []SummaryRow
}

// SummaryRow is one line of a Summary.
type SummaryRow struct {
	Key, Value string
	Mark       *Mark
	Href       string // where to change it, or ""
}

// Empty stands where a list has nothing in it, and says what to do.
type Empty struct {
	Icon, Title, Text string
	Action            *Button
}

// Next is what happens after this page, step by step.
type Next struct {
	Title string // 接下来 when empty
	Steps []Step
}

// Step is one line of Next.
type Step struct{ When, Text string }

// Check is the page before anything is sent: the answers and one button.
type Check struct {
	Summary Summary
	Action  string // POST address
	Fields  []Hidden
	Submit  string // the button's label
	Icon    string
	Warning *Notice
	Cancel  *Button
}

// Done is the page after: a number to keep, where it is safe, what follows.
type Done struct {
	Title     string
	Label     string // what the number is: 就诊号
	Reference string
	Receipt   *Receipt
	Summary   *Summary
	Next      *Next
	Actions   []Button
}

// Person is whose record is open. Allergies are always shown: a nil list means
// that nobody asked yet, an empty one that the person has none.
type Person struct {
	Name, Sex, Age, Note string
	ID                   string // masked
	Href                 string
	Allergies            []string
}

// AskedAllergies tells "none" from "not asked".
func (p Person) AskedAllergies() bool { return p.Allergies != nil }
