// Package picture makes photos fit to keep: upright, of bounded size, and
// without what a telephone writes into them beside the picture (the place, the
// owner).
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png" // phones and scanners send both

	scale "golang.org/x/image/draw"
)

// What is refused.
var (
	ErrFormat = errors.New("picture: neither JPEG nor PNG, or damaged")
	ErrLarge  = errors.New("picture: too many pixels")
)

const (
	// Side is the longest side of what Normal makes, in pixels: a page of A4
	// photographed whole stays readable.
	Side = 1600
	// MediaType of what Normal makes.
	MediaType = "image/jpeg"

	mostPixels = 50e6 // up to 200 MB while a PNG of it is decoded: callers do one at a time
	quality    = 82
)

// Normal decodes a JPEG or PNG photo, turns it upright, makes it at most Side
// pixels long, and encodes it as JPEG. Nothing of the original's metadata stays.
// Errors: ErrFormat, ErrLarge.
func Normal(data []byte) ([]byte, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if float64(config.Width)*float64(config.Height) > mostPixels {
		return nil, fmt.Errorf("%w: %d × %d", ErrLarge, config.Width, config.Height)
	}
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(shrink(src), orientation(data)), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return out.Bytes(), nil
}

// shrink copies a picture onto white, no longer than Side.
func shrink(src image.Image) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if longest := max(w, h); longest > Side {
		w, h = max(1, w*Side/longest), max(1, h*Side/longest)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	scale.ApproxBiLinear.Scale(out, out.Bounds(), src, src.Bounds(), draw.Over, nil)
	return out
}

// upright turns a picture by its EXIF orientation, 1 to 8.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	from := map[int]func(x, y int) (int, int){ // where the pixel at x, y comes from
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x },
	}[orientation]
	if from == nil {
		return src
	}
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			sx, sy := from(x, y)
			out.SetRGBA(x, y, src.RGBAAt(sx, sy))
		}
	}
	return out
}
