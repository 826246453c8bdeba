package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// photo is white with a black corner at the upper left of what the camera saw.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if x < w/4 && y < h/4 {
				c = color.RGBA{0, 0, 0, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held puts an EXIF segment with an orientation, and a secret, into a JPEG.
func held(data []byte, order binary.ByteOrder, orientation uint16) []byte {
	mark := "II"
	if order == binary.BigEndian {
		mark = "MM"
	}
	tiff := []byte(mark)
	u16 := func(v uint16) { b := make([]byte, 2); order.PutUint16(b, v); tiff = append(tiff, b...) }
	u32 := func(v uint32) { b := make([]byte, 4); order.PutUint32(b, v); tiff = append(tiff, b...) }
	u16(42)
	u32(8)
	u16(2)
	u16(0x010F)
	u16(2)
	u32(4)
	u32(0)
	u16(0x0112)
	u16(3)
	u32(1)
	u16(orientation)
	u16(0)
	u32(0)
	body := append([]byte("Exif\x00\x00"), append(tiff, "GPS 23.1N 113.2E"...)...)
	seg := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2))
	return bytes.Join([][]byte{data[:2], seg, body, data[2:]}, nil)
}

func dark(t *testing.T, data []byte) (corner string, size image.Point) {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size = m.Bounds().Size()
	for name, at := range map[string]image.Point{"nw": {2, 2}, "ne": {size.X - 3, 2}, "sw": {2, size.Y - 3}, "se": {size.X - 3, size.Y - 3}} {
		if r, _, _, _ := m.At(at.X, at.Y).RGBA(); r < 0x4000 {
			corner += name
		}
	}
	return corner, size
}

func TestAPhotoStandsUprightAndSaysNothingElse(t *testing.T) {
	for o, want := range map[uint16]string{1: "nw", 2: "ne", 3: "se", 4: "sw", 5: "nw", 6: "ne", 7: "se", 8: "sw", 99: "nw"} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			raw := held(photo(t, 80, 40), order, o)
			out, err := Normal(raw)
			if err != nil {
				t.Fatal(err)
			}
			corner, size := dark(t, out)
			turned := o >= 5 && o <= 8
			if corner != want || turned != (size == image.Point{40, 80}) {
				t.Errorf("orientation %d: the dark corner is %q of %v, want %q", o, corner, size, want)
			}
			if bytes.Contains(out, []byte("GPS")) || bytes.Contains(out, []byte("Exif")) {
				t.Errorf("orientation %d: the place stayed in the photo", o)
			}
		}
	}
}

func TestALargePhotoShrinks(t *testing.T) {
	out, err := Normal(photo(t, 2400, 600))
	if err != nil {
		t.Fatal(err)
	}
	if _, size := dark(t, out); size != (image.Point{Side, Side / 4}) {
		t.Errorf("it is %v", size)
	}
}

// claims is a small PNG whose head says another size.
func claims(t *testing.T, w, h uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewAlpha(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()
	head := out[12:29] // the type and content of the first chunk
	binary.BigEndian.PutUint32(head[4:], w)
	binary.BigEndian.PutUint32(head[8:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(head))
	return out
}

func TestWhatIsNoPhotoIsRefused(t *testing.T) {
	whole := photo(t, 60, 60)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing": {nil, ErrFormat}, "text": {[]byte("<svg onload=alert(1)>"), ErrFormat}, "torn": {whole[:len(whole)/4], ErrFormat}, "huge": {claims(t, 60000, 1000), ErrLarge},
	} {
		if _, err := Normal(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzNoPhotoStopsTheBox(f *testing.F) {
	f.Add(held(photo(f, 8, 8), binary.BigEndian, 6))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = Normal(data) })
}
