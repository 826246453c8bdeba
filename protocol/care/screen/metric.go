package screen

import "fmt"

// Metric is a panel: how many CSS pixels are how many millimetres, and where
// it hangs. From it come the kiosk's sizes, which are all in millimetres.
type Metric struct {
	WidthPx  int     // width of the page in CSS pixels
	WidthMM  float64 // width of the panel's lit surface, mm
	HeightMM float64 // its height, mm; 0 if unknown
	BottomMM float64 // its lower edge above the floor, mm; 0 if unknown
}

// reachMM is the highest point that a seated person touches, above the floor.
const reachMM = 1220

// PxPerMM is the panel's scale; 96 dpi when the panel is not described.
func (m Metric) PxPerMM() float64 {
	if m.WidthPx <= 0 || m.WidthMM <= 0 {
		return 96 / 25.4
	}
	return float64(m.WidthPx) / m.WidthMM
}

// ReachLine is the part of the screen's height above which a seated person
// cannot touch: 0.41 for a 32" portrait panel whose edge is at 800 mm. Where
// the panel is not described it is 0.42; it never exceeds 0.6, so that a panel
// hung too high still leaves room to show something.
func (m Metric) ReachLine() float64 {
	if m.HeightMM <= 0 || m.BottomMM <= 0 {
		return 0.42
	}
	line := 1 - (reachMM-m.BottomMM)/m.HeightMM
	return min(max(line, 0), 0.6)
}

// CSS is the panel's stylesheet: two custom properties.
func (m Metric) CSS() []byte {
	return fmt.Appendf(nil, ":root{--mm:%.4fpx;--reach-line:%.2fvh}\n", m.PxPerMM(), m.ReachLine()*100)
}

// File is the name of CSS in Static.
func (m Metric) File() string { return hashName("panel.css", m.CSS()) }

// MetricCSS is the stylesheet of a panel of which only the width is known.
func MetricCSS(widthPx int, widthMM float64) []byte {
	return Metric{WidthPx: widthPx, WidthMM: widthMM}.CSS()
}
