package care

import (
	"encoding/hex"

	"xiangyi/protocol"
)

// Blob names large bytes that stand beside a record: a photo, a page from
// elsewhere. The host keeps them by their ref; a record holds no more of them
// than this. A form's file becomes one: the host fills in a Blob field of the
// action's input, whatever the browser sent.
type Blob struct {
	Ref  string `json:"ref"`  // 64 hexadecimal digits
	Type string `json:"type"` // media type, such as image/jpeg
	Size int64  `json:"size"` // bytes
}

// Check refuses a form without its file.
func (b *Blob) Check(field string) error {
	raw, err := hex.DecodeString(b.Ref)
	if err != nil || len(raw) != 32 || b.Size <= 0 || b.Type == "" {
		return protocol.Refuse("no-file", "请先拍照或选择照片").OnField(field)
	}
	return nil
}
