package screen

// Xiangyi is the project's own look: rice paper, pine green, room to breathe.
func Xiangyi() Theme {
	return Theme{
		Name: "xiangyi", Title: "乡医", Logo: "logo-xiangyi.svg", IconSet: "icons.svg",
		Fonts: systemFonts, Radius: "0.75rem", Stroke: "1.9",
		Colours: map[string]string{
			"paper": "#f5f3ec", "card": "#ffffff", "ink": "#17231e", "ink-soft": "#3d4a44",
			"line": "#76837c", "hair": "#dcded6",
			"bar": "#ffffff", "bar-ink": "#17231e", "bar-soft": "#3d4a44",
			"brand": "#0c5a47", "brand-ink": "#ffffff", "brand-deep": "#084635", "brand-soft": "#e2efe9",
			"good": "#0b5138", "good-soft": "#e1f1e8",
			"warn": "#653f00", "warn-soft": "#fdf0d2",
			"bad": "#861a14", "bad-soft": "#fceae7",
			"calm": "#27435c", "calm-soft": "#e6eef4",
			"help": "#8a2d12", "help-ink": "#ffffff",
			"focus-in": "#ffd23f", "focus-out": "#10201a", "shade": "#17231e1a",
		},
		Bright: bright("#ffe14d"),
	}
}

// Yuezhizhu is a plain government-terminal look: white, deep blue, square.
func Yuezhizhu() Theme {
	return Theme{
		Name: "yuezhizhu", Title: "乡医", Logo: "logo-yuezhizhu.svg", IconSet: "icons-tinted.svg",
		Fonts: systemFonts, Radius: "0.25rem", Stroke: "1.6",
		Colours: map[string]string{
			"paper": "#f1f4f9", "card": "#ffffff", "ink": "#15202f", "ink-soft": "#3a4759",
			"line": "#72808f", "hair": "#d6dde6",
			"bar": "#0d438c", "bar-ink": "#ffffff", "bar-soft": "#e3ecf8",
			"brand": "#0f4c9c", "brand-ink": "#ffffff", "brand-deep": "#0a3a7a", "brand-soft": "#e3edf9",
			"good": "#0b5138", "good-soft": "#e1f1e8",
			"warn": "#653f00", "warn-soft": "#fdf0d2",
			"bad": "#861a14", "bad-soft": "#fceae7",
			"calm": "#274059", "calm-soft": "#e6eef5",
			"help": "#8e2418", "help-ink": "#ffffff",
			"focus-in": "#ffd23f", "focus-out": "#0b1830", "shade": "#15202f1a",
		},
		Bright: bright("#b9e2ff"),
	}
}

// bright is the high-contrast palette, which only lets a theme's accent show:
// black, white, and one light colour that holds 12:1 against black.
func bright(accent string) map[string]string {
	return map[string]string{
		"paper": "#000000", "card": "#0b0b0b", "ink": "#ffffff", "ink-soft": "#f2f2f2",
		"line": "#ffffff", "hair": "#8c8c8c",
		"bar": "#000000", "bar-ink": "#ffffff", "bar-soft": "#f2f2f2",
		"brand": accent, "brand-ink": "#000000", "brand-deep": accent, "brand-soft": "#101010",
		"good": "#b6f5cf", "good-soft": "#06180e",
		"warn": "#ffe39a", "warn-soft": "#1a1300",
		"bad": "#ffd0ca", "bad-soft": "#1f0705",
		"calm": "#d3e8ff", "calm-soft": "#08131f",
		"help": "#ffffff", "help-ink": "#000000",
		"focus-in": accent, "focus-out": "#000000", "shade": "#00000000",
	}
}
