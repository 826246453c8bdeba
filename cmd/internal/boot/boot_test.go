package boot

import "testing"

func TestAnOriginIsASchemeAndAHost(t *testing.T) {
	for address, good := range map[string]bool{"": true, "https://health.example": true, "http://127.0.0.1:8090": true,
		"health.example": false, "https://health.example/": false, "https://health.example/verify": false, "ftp://health.example": false, "https://": false} {
		if got, err := Origin(address); (err == nil) != good || good && got != address {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
}
