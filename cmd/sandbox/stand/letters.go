package stand

import (
	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/hospital"
)

// BloodCount is a laboratory report about the holder of a card, with an invented result of which two items are out of
// range. It is reviewed and final. The words hold characters that old code pages do not have.
func BloodCount(c county.Card, id string, charset hospital.Charset) hospital.Report {
	sex := "M"
	if c.Sex == "2" {
		sex = "F"
	}
	item := func(code, name, value, unit, limits, flag string) hospital.Item {
		return hospital.Item{Code: hospital.Code{ID: code, Name: name}, Value: value, Unit: unit, Range: limits, Flag: flag}
	}
	return hospital.Report{
		ID: id, IDNumber: c.Number, Name: c.Name, Sex: sex, Birth: c.Birth, Order: "O" + id,
		Service: hospital.Code{ID: "BLD01", Name: "血常规（五分类）"}, Status: "F",
		Reviewer: hospital.Code{ID: "L07", Name: "朱镕检"}, Charset: charset,
		Items: []hospital.Item{
			item("WBC", "白细胞计数", "11.20", "10*9/L", "3.5-9.5", "H"),
			item("RBC", "红细胞计数", "4.31", "10*12/L", "3.8-5.1", "N"),
			item("HGB", "血红蛋白", "108", "g/L", "115-150", "L"),
			item("PLT", "血小板计数", "226", "10*9/L", "125-350", "N"),
			item("NEUT", "中性粒细胞百分率", "71.5", "%", "40-75", "N"),
		},
		Comment: "标本无溶血、无凝块。血红蛋白偏低，建议复查。",
	}
}
