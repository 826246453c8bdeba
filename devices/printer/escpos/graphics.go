package escpos

import (
	"errors"
	"fmt"
	"image"
)

// Level is how much of a QR code may be unreadable; slips get wet and folded, so Medium is the least to use.
type Level byte

// The levels of ISO/IEC 18004, with their command values.
const (
	Low      Level = 0x30 // 7 %
	Medium   Level = 0x31 // 15 %
	Quartile Level = 0x32 // 25 %
	High     Level = 0x33 // 30 %
)

// maxQR is the most bytes that a version 40 code of the lowest level holds.
const maxQR = 2953

// ErrQR means that the content cannot go into a code on a slip.
var ErrQR = errors.New("escpos: QR content is empty, too long or holds control characters")

// QR prints a code that the printer itself draws. module is the side of a dot in printer dots (1–16; 6 is 0.75 mm). On
// error nothing is added to the slip.
func (s *Slip) QR(content string, module int, level Level) error {
	if content == "" || len(content) > maxQR || clean(content) != content {
		return fmt.Errorf("QR of %d bytes: %w", len(content), ErrQR)
	}
	n := len(content) + 3
	s.raw(0x1D, 0x28, 0x6B, 0x04, 0x00, 0x31, 0x41, 0x32, 0x00) // model 2
	s.raw(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x43, byte(min(max(module, 1), 16)))
	s.raw(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x45, byte(level))
	s.raw(0x1D, 0x28, 0x6B, byte(n), byte(n>>8), 0x31, 0x50, 0x30).raw([]byte(content)...)
	s.raw(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x51, 0x30)
	return nil
}

// Image prints a picture, one dot a pixel; a pixel darker than middle grey is black, a transparent one white.
func (s *Slip) Image(img image.Image) *Slip {
	box := img.Bounds()
	row, height := (box.Dx()+7)/8, box.Dy()
	if row == 0 || height == 0 || row > 0xFFFF || height > 0xFFFF {
		return s
	}
	s.raw(0x1D, 0x76, 0x30, 0, byte(row), byte(row>>8), byte(height), byte(height>>8))
	data := make([]byte, row*height)
	for y := 0; y < height; y++ {
		for x := 0; x < box.Dx(); x++ {
			if dark(img, box.Min.X+x, box.Min.Y+y) {
				data[y*row+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	// 10 04 and 10 14 are obeyed even inside a picture: one more black dot in the second byte breaks the pair.
	for i := 1; i < len(data); i++ {
		if data[i-1] == 0x10 && (data[i] == 0x04 || data[i] == 0x14) {
			data[i] |= 0x08
		}
	}
	return s.raw(data...)
}

func dark(img image.Image, x, y int) bool {
	r, g, b, a := img.At(x, y).RGBA() // alpha-premultiplied, 0–65535
	luminance := (299*r + 587*g + 114*b) / 1000
	return luminance+(0xFFFF-a) < 0x8000
}
