package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Emergency is what a person should do now about one red flag. Texts are zh-CN
// keys with English in the words. They follow commonly taught first aid; each
// says when it was reviewed.
type Emergency struct {
	Flag     string
	Title    string
	Do       []string
	Call     string // the number to ring, in words
	Reviewed string
}

// PageTitle says what it may be.
func (e Emergency) PageTitle() string { return e.Title }

// emergencies are the red flags that the forms can raise.
var emergencies = map[string]Emergency{
	"RF01": {Title: "可能是中风", Do: []string{"记下发病的时间", "让病人侧卧，不要喂水喂药", "不要自己开车去医院"}},
	"RF02": {Title: "可能是心脏急症", Do: []string{"马上停下休息，坐着或半躺", "不要走动，不要自己开车", "身边要有人陪着"}},
	"RF03": {Title: "呼吸困难，可能很危险", Do: []string{"坐起来，松开衣领", "保持通风", "身边要有人陪着"}},
	"RF04": {Title: "神志不清或抽搐", Do: []string{"让病人侧卧，头偏向一侧", "不要往嘴里塞东西", "记下开始的时间"}},
	"RF05": {Title: "可能是严重过敏", Do: []string{"马上停用可疑的药物或食物", "躺下，抬高双脚；喘不过气时坐起来", "身边要有人陪着"}},
	"RF06": {Title: "可能有大出血", Do: []string{"躺下，不要吃喝", "看得见的伤口用干净的布用力压住", "留下呕吐物或黑便给医生看"}},
	"RF07": {Title: "剧烈腹痛，可能要急诊处理", Do: []string{"不要吃喝", "不要吃止痛药，不要热敷", "尽快到最近的急诊"}},
	"RF08": {Title: "孕期急症", Do: []string{"左侧躺下休息", "不要等到预约那天", "带上产检资料"}},
	"RF09": {Title: "孩子可能病得很重", Do: []string{"不要等到预约那天", "不会喝水、叫不醒时马上打 120", "带上孩子用过的药"}},
	"RF11": {Title: "头部受伤，可能有颅内出血", Do: []string{"平躺，不要走动", "不要喂水喂药", "留意是否犯困、呕吐"}},
	"RF16": {Title: "眼睛、肢体或阴囊的急症", Do: []string{"化学品入眼时马上用大量清水冲洗", "不要热敷，不要揉", "尽快到最近的急诊"}},
}

// emergencyOf gives the advice for a flag. One that this software does not know
// still gets the advice that is never wrong.
func emergencyOf(flag string) Emergency {
	e, known := emergencies[flag]
	if !known {
		e = Emergency{Title: "可能有急症", Do: []string{"马上停下休息", "身边要有人陪着"}}
	}
	e.Flag, e.Call, e.Reviewed = flag, "马上拨打 120，或请村医帮忙拨打", "2026-11-01"
	return e
}

// EmergencyInput names a red flag.
type EmergencyInput struct {
	Flag string `json:"flag"`
}

// emergency is open to everybody: nobody signs in first when it hurts.
var emergency = care.Show(care.View{
	Name: "appointment.emergency", Roles: everyone, Purpose: care.ForCare,
}, func(_ *care.Look, in EmergencyInput) (Emergency, error) {
	if len(in.Flag) > 8 {
		return Emergency{}, protocol.Refuse("no-flag", "没有这个急救提示").Offer("/")
	}
	return emergencyOf(in.Flag), nil
})
