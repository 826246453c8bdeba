package care

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
)

// FromForm turns form or query values into the JSON input of In, by the json
// names of its fields: texts, whole numbers, yes or no, decimals, times
// (RFC 3339, or a date) and lists of texts; "a.b" is a field of a field.
// Values that In does not name are left out, so that a button's or the host's
// own fields do no harm. The first value that does not fit is a refusal.
func FromForm[In any](values map[string][]string) ([]byte, error) {
	return fromForm(reflect.TypeFor[In](), values)
}

func fromForm(t reflect.Type, values map[string][]string) ([]byte, error) {
	out, err := fill(t, "", values)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out, json.Deterministic(true))
}

func fill(t reflect.Type, prefix string, values map[string][]string) (map[string]any, error) {
	out := map[string]any{}
	for f := range fieldsOf(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		full := prefix + name
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() {
			sub, err := fill(f.Type, full+".", values)
			if err != nil {
				return nil, err
			}
			if len(sub) > 0 {
				out[name] = sub
			}
			continue
		}
		given, ok := values[full]
		if !ok || len(given) == 0 {
			continue
		}
		v, err := fit(f.Type, given)
		if err != nil {
			return nil, protocol.Refuse("bad-input", "“%s”填写得不对，请检查", given[0]).OnField(full)
		}
		if v != nil {
			out[name] = v
		}
	}
	return out, nil
}

// Takes reports whether a form field of this name is part of the action's input.
func (a *Action) Takes(name string) bool {
	for f := range fieldsOf(a.input) {
		if field, _, _ := strings.Cut(f.Tag.Get("json"), ","); field == name {
			return true
		}
	}
	return false
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		if t.Kind() != reflect.Struct {
			return
		}
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !f.Anonymous && len(f.Index) == 1 && !yield(f) {
				return
			}
		}
	}
}

// fit turns texts into what JSON of type t wants; nil leaves the field out.
func fit(t reflect.Type, given []string) (any, error) {
	text := strings.TrimSpace(given[0])
	switch {
	case t == reflect.TypeFor[protocol.Decimal]():
		if text == "" {
			return nil, nil
		}
		_, err := protocol.Decimal(text).MarshalJSON()
		return protocol.Decimal(text), err
	case t == reflect.TypeFor[time.Time]():
		return fitTime(text)
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		return text == "on" || text == "true" || text == "1" || text == "yes", nil
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if text == "" {
			return nil, nil
		}
		return strconv.ParseInt(text, 10, 64)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return given, nil
		}
	}
	return nil, fmt.Errorf("no form value for %s", t)
}

func fitTime(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, Zone); err == nil {
			return t, nil
		}
	}
	return nil, fmt.Errorf("not a time")
}

// Zone is China standard time: what forms mean and screens show.
var Zone = time.FixedZone("CST", 8*3600)
