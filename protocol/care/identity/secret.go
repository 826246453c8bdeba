package identity

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/crypto/argon2"

	"xiangyi/protocol"
)

// Secret is a new password or PIN as a form brings it. Salt is 16 random bytes
// in hex that the host puts in, over whatever the browser sent. The hash is made
// while the input is read, that is before the action waits its turn: it takes
// tens of milliseconds, and there is one committer.
type Secret struct {
	Text  string `json:"text"`
	Again string `json:"again"`
	Salt  string `json:"salt"`

	hash string
}

// UnmarshalJSONFrom reads the fields and makes the hash.
func (s *Secret) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type fields Secret
	if err := json.UnmarshalDecode(dec, (*fields)(s)); err != nil {
		return err
	}
	salt, err := hex.DecodeString(s.Salt)
	if err == nil && len(salt) == saltBytes && s.Text != "" && len(s.Text) <= maxSecretBytes {
		s.hash = derive(s.Text, salt)
	}
	return nil
}

// asPassword checks what staff may use: 10 characters at least, three of four
// sorts (GB/T 22239-2019 8.1.4.1 asks for complexity; the figures are ours).
func (s Secret) asPassword() error {
	var upper, lower, digit, other int
	for _, r := range s.Text {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	if n := len([]rune(s.Text)); n < 10 || len(s.Text) > maxSecretBytes || upper+lower+digit+other < 3 {
		return protocol.Refuse("password-weak", "密码至少 10 位，并且大写字母、小写字母、数字、符号里要有三种").OnField("secret.text")
	}
	return s.complete()
}

// asPIN checks what residents may use: six digits that are not the first that
// anybody would try.
func (s Secret) asPIN() error {
	if len(s.Text) != 6 || strings.Trim(s.Text, "0123456789") != "" {
		return protocol.Refuse("pin-form", "密码是 6 位数字").OnField("secret.text")
	}
	step := int(s.Text[1]) - int(s.Text[0])
	even := step >= -1 && step <= 1
	for i := 1; i < len(s.Text); i++ {
		even = even && int(s.Text[i])-int(s.Text[i-1]) == step
	}
	if even {
		return errGuessable()
	}
	return s.complete()
}

func (s Secret) complete() error {
	if s.Text != s.Again {
		return protocol.Refuse("secret-differs", "两次输入的密码不一样，请重新输入").OnField("secret.again")
	}
	if s.hash == "" {
		return protocol.Refuse("salt-missing", "系统没有准备好，请重试")
	}
	return nil
}

func errGuessable() *protocol.Refusal {
	return protocol.Refuse("pin-guessable", "这个密码太容易被猜到，请换一个，不要用连号、重复的数字、生日或电话").OnField("secret.text")
}

// The cost of one check: OWASP's smallest argon2id profile, which a station's
// box pays in some 30 ms. At most two run at once, so that a crowd at the door
// costs patience and not memory.
type cost struct{ passes, memory uint32 } // memory in KiB

var usual = cost{passes: 2, memory: 19 << 10} // tests of other things lower it

const (
	hashBytes      = 32
	saltBytes      = 16
	maxSecretBytes = 128
)

var hashing = make(chan struct{}, 2)

func (c cost) key(text string, salt []byte) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(text), salt, c.passes, c.memory, 1, hashBytes)
}

func (c cost) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", c.memory, c.passes, b64(salt), b64(key))
}

func derive(text string, salt []byte) string { return usual.phc(salt, usual.key(text, salt)) }

// nobody is checked against when a login is unknown, so that the answer takes
// as long as for a known one.
func nobody() string { return usual.phc(make([]byte, saltBytes), make([]byte, hashBytes)) }

// matches tells whether text is what a hash was made of. Parameters come with
// the hash, within bounds, so that the cost can be raised later.
func matches(hash, text string) bool {
	parts := strings.Split(hash, "$")
	var c cost
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != "v=19" || len(text) > maxSecretBytes {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &c.memory, &c.passes); err != nil || c.memory > 64<<10 || c.passes < 1 || c.passes > 8 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) != hashBytes {
		return false
	}
	return subtle.ConstantTimeCompare(c.key(text, salt), want) == 1
}
