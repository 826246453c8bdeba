package screen

import "strings"

// Addresses and field names of the forms that every page carries. A host
// answers each POST with 303 to the address in FieldBack.
const (
	LookPath  = "/look"  // language and mode: one of FieldLang, FieldElder, FieldContrast, FieldReach
	CallPath  = "/call"  // 呼叫村医: rings the desk
	LeavePath = "/leave" // ends the session: pressed, or sent by the idle timer with FieldIdle

	FieldLang     = "lang"
	FieldElder    = "elder"    // "on" or "off", as the next two
	FieldContrast = "contrast" //
	FieldReach    = "reach"    //
	FieldBack     = "back"     // where the person was: a path of this host, see SafeBack
	FieldIdle     = "idle"     // "1" when nobody pressed anything
)

// ParseMode reads what Classes wrote; unknown words are ignored.
func ParseMode(s string) Mode {
	var m Mode
	for _, w := range strings.Fields(s) {
		switch w {
		case "elder":
			m.Elder = true
		case "contrast":
			m.Contrast = true
		case "reach":
			m.Reach = true
		}
	}
	return m
}

// Switch applies one press of a switch on LookPath. form gives a posted value,
// such as http.Request.PostFormValue. A field that was not posted stays as it is.
func Switch(m Mode, lang Lang, form func(string) string) (Mode, Lang) {
	set := func(b *bool, field string) {
		switch form(field) {
		case "on":
			*b = true
		case "off":
			*b = false
		}
	}
	set(&m.Elder, FieldElder)
	set(&m.Contrast, FieldContrast)
	set(&m.Reach, FieldReach)
	if l := form(FieldLang); l != "" {
		lang = ParseLang(l)
	}
	return m, lang
}

// SafeBack keeps a posted FieldBack on this host: a path that starts with one
// slash, else "/". Browsers read "//x" and "/\x" as another host.
func SafeBack(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}
