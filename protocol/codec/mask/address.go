package mask

import "strings"

// Address keeps an address down to the township: 广东省惠州市博罗县石坝镇***. Where no township can be made out it keeps less:
// down to the last province, city or county within the first half, or nothing.
func Address(address string) string {
	address = strings.Join(strings.Fields(address), "")
	if end := townshipEnd(address); end > 0 {
		return address[:end] + hiddenRest
	}
	return address[:areaEnd(address)] + hiddenRest
}

const hiddenRest = "***"

var (
	areas     = []string{"特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "省", "市", "县", "区", "旗", "盟"}
	townships = []string{"街道办事处", "街道", "民族乡", "苏木", "镇", "乡"}
)

// townshipEnd returns the offset behind the township, or 0. A name of an area may hold the words of a township (镇江市, 新乡市,
// 乡宁县): a word counts only when something stands between it and the area before, and no area word follows it.
func townshipEnd(address string) int {
	start := 0 // behind the last area word
	for i := 0; i < len(address); {
		if word := prefixOf(address[i:], townships); word != "" {
			if i > start && prefixOf(address[i+len(word):], areas) == "" {
				return i + len(word)
			}
			i += len(word)
			continue
		}
		if word := prefixOf(address[i:], areas); word != "" && i > start {
			i += len(word)
			start = i
			continue
		}
		i += runeLen(address[i:])
	}
	return 0
}

// areaEnd returns the offset behind the last area word that leaves at least half of the address hidden.
func areaEnd(address string) int {
	end := 0
	for i := 0; i < len(address); {
		word := prefixOf(address[i:], areas)
		if word == "" {
			i += runeLen(address[i:])
			continue
		}
		i += len(word)
		if i > len(address)/2 {
			break
		}
		end = i
	}
	return end
}

func prefixOf(s string, words []string) string {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return w
		}
	}
	return ""
}

func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
