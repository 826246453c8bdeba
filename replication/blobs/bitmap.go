package blobs

// Bitmap says which chunks of a blob a place has: chunk i is bit i%8, from the lowest, of byte i/8.
type Bitmap []byte

// MakeBitmap has room for n chunks, none of them set.
func MakeBitmap(n int) Bitmap { return make(Bitmap, (n+7)/8) }

// Set notes chunk i.
func (b Bitmap) Set(i int) { b[i/8] |= 1 << (i % 8) }

// Has reports whether chunk i is set; outside the bitmap nothing is.
func (b Bitmap) Has(i int) bool { return i >= 0 && i/8 < len(b) && b[i/8]&(1<<(i%8)) != 0 }

// Full reports whether the first n chunks are set.
func (b Bitmap) Full(n int) bool {
	for i := range n {
		if !b.Has(i) {
			return false
		}
	}
	return true
}
