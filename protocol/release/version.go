package release

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version names a release: three numbers with points between, "1.4.0".
type Version string

// Parts are the three numbers.
func (v Version) parts() (out [3]int, err error) {
	texts := strings.Split(string(v), ".")
	if len(texts) != 3 {
		return out, fmt.Errorf("%q is no version such as 1.4.0", string(v))
	}
	for i, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 9999 || strconv.Itoa(n) != text {
			return out, fmt.Errorf("%q is no version such as 1.4.0", string(v))
		}
		out[i] = n
	}
	return out, nil
}

// Check is nil for a version.
func (v Version) Check() error {
	_, err := v.parts()
	return err
}

// Compare orders versions by their numbers; what is none comes first.
func (v Version) Compare(w Version) int {
	a, _ := v.parts()
	b, _ := w.parts()
	for i := range a {
		if a[i] != b[i] {
			return cmp.Compare(a[i], b[i])
		}
	}
	return 0
}

// Previous is the first version that a release may follow when nothing else is said:
// the minor release before its own. The first minor release of a major one has none.
func (v Version) Previous() (Version, error) {
	n, err := v.parts()
	if err == nil && n[1] == 0 {
		err = errors.New("the first release of a series follows none by itself: say which with --after")
	}
	if err != nil {
		return "", err
	}
	return Version(fmt.Sprintf("%d.%d.0", n[0], n[1]-1)), nil
}
