package seal

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSM3GivesTheAnswersOfGBT32905(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
		"":                         "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
	} {
		if got := Sum([]byte(text)).String(); got != want {
			t.Errorf("Sum(%q) = %s, want %s", text, got, want)
		}
		h := NewDigest()
		for _, c := range []byte(text) {
			h.Write([]byte{c})
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("NewDigest over %q byte by byte = %s, want %s", text, got, want)
		}
	}
}

func TestSumAndMACReadTheirPartsAsOneText(t *testing.T) {
	if Sum([]byte("a"), nil, []byte("bc")) != Sum([]byte("abc")) || Sum() != Sum(nil) {
		t.Error("Sum depends on where the parts end")
	}
	key := []byte("0123456789abcdef")
	const want = "7f121eb91c94ccf54bf5d4e639f4e96eaa77bb2f0f52f875fc7c17ca0688278c"
	if got := MAC(key, []byte("abc")).String(); got != want {
		t.Errorf("HMAC-SM3 = %s, want %s", got, want)
	}
	if got := MAC(key, []byte("a"), []byte("bc")).String(); got != want {
		t.Errorf("HMAC-SM3 in two parts = %s, want %s", got, want)
	}
}

const (
	sm4Key   = "0123456789abcdeffedcba9876543210"
	gcmNonce = "00001234567800000000abcd"
	gcmAAD   = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
	gcmPlain = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
	gcmText  = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
	gcmTag   = "83de3541e4c2b58177e065a9bf7b62ec"
)

func TestTheBlockCipherGivesTheAnswerOfGBT32907(t *testing.T) {
	block, err := sm4.NewCipher(unhex(t, sm4Key))
	if err != nil {
		t.Fatal(err)
	}
	got := unhex(t, sm4Key)
	block.Encrypt(got, got)
	if want := unhex(t, "681edf34d206965e86b3e94f536e4246"); !bytes.Equal(got, want) {
		t.Errorf("SM4 = %x, want %x", got, want)
	}
	for range 999_999 {
		block.Encrypt(got, got)
	}
	if want := unhex(t, "595298c7c6fd271f0402f804c33d3f66"); !bytes.Equal(got, want) {
		t.Errorf("SM4 a million times = %x, want %x", got, want)
	}
}

func TestSealGivesTheAnswerOfRFC8998(t *testing.T) {
	k := Key(unhex(t, sm4Key))
	want := unhex(t, gcmNonce+gcmText+gcmTag)
	got, err := Seal(k, bytes.NewReader(unhex(t, gcmNonce)), unhex(t, gcmPlain), unhex(t, gcmAAD))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("Seal = %x, %v; want %x", got, err, want)
	}
	plain, err := Open(k, got, unhex(t, gcmAAD))
	if err != nil || !bytes.Equal(plain, unhex(t, gcmPlain)) {
		t.Fatalf("Open = %x, %v", plain, err)
	}
}

const (
	exampleD = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
	exampleP = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
	exampleR = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
	exampleS = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
	exampleE = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
)

func exampleKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := NewPrivateKey(bytes.NewReader(unhex(t, exampleD)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTheSignatureExampleOfGBT32918Verifies(t *testing.T) {
	key := exampleKey(t)
	if got, want := key.Public().Marshal(), unhex(t, "04"+exampleP); !bytes.Equal(got, want) {
		t.Fatalf("public key %x, want %x", got, want)
	}
	e, err := sm2.CalculateSM2Hash(key.Public().key, []byte("message digest"), nil)
	if err != nil || !bytes.Equal(e, unhex(t, exampleE)) {
		t.Errorf("e = %x, %v; want %s", e, err, exampleE)
	}
	sig, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(unhex(t, exampleR)), new(big.Int).SetBytes(unhex(t, exampleS)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify([]byte("message digest"), sig); err != nil {
		t.Errorf("the example of the standard: %v", err)
	}
}
