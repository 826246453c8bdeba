package pdf

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/signintech/gopdf"
)

//go:embed fonts/NotoSansSC-Regular.ttf
var notoSansSC []byte

// FontLicence is the licence text of the embedded font.
//
//go:embed fonts/OFL.txt
var FontLicence string

// Font is the embedded TrueType font, so that a host can serve the same file to
// panels that have no Chinese font. The bytes must not be changed.
func Font() []byte { return notoSansSC }

const family = "XYAAAA+NotoSansSC-Regular" // six letters and a plus: PDF's mark of a subset (ISO 32000-1, 9.6.4)

// fonts is parsed once: a document then costs about ten milliseconds.
var fonts = sync.OnceValues(func() (*gopdf.FontContainer, error) {
	c := &gopdf.FontContainer{}
	if err := c.AddTTFFontData(family, notoSansSC); err != nil {
		return nil, fmt.Errorf("pdf: parse font: %w", err)
	}
	return c, nil
})
