package exam

// Advice is what a result means, in plain words. The texts are this project's
// own; a doctor of the county reviews them once a year.
type Advice struct {
	Title  string
	Lines  []string
	Source string
	Review string // yyyy-mm, by when the text must have been reviewed again
}

const (
	reviewDue = "2027-11"

	sourcePressure = "《国家基层高血压防治管理指南》"
	sourceCare     = "《国家基本公共卫生服务规范（第三版）》"
	sourceNursing  = "护理学教科书生命体征章节"
	sourceOxygen   = "世界卫生组织脉搏血氧仪培训手册"
)

var fine = Advice{
	Title:  "这次在正常范围",
	Lines:  []string{"请继续按时吃饭、睡觉、活动。", "在吃药的人不要因为这次正常就自己停药。"},
	Source: sourceCare, Review: reviewDue,
}

var unjudged = Advice{
	Title:  "请把结果给村医看",
	Lines:  []string{"孩子的正常范围和大人不同，机器不判断。", "精神不好、不吃东西、呼吸费力时，请马上找医生。"},
	Source: sourceNursing, Review: reviewDue,
}

// noted goes with what is only kept, such as weight.
var noted = Advice{Title: "已经记下来了", Lines: []string{"有变化时请告诉村医。"}, Source: sourceCare, Review: reviewDue}

var failed = Advice{
	Title:  "这次没有测准",
	Lines:  []string{"请坐好，按图重新戴一次，再测。", "两次都测不准，请按“呼叫村医”。"},
	Source: sourceNursing, Review: reviewDue,
}

var doubtful = Advice{
	Title:  "这次的数值有疑问",
	Lines:  []string{"请休息几分钟后再测一次。", "还是这样，请按“呼叫村医”。"},
	Source: sourceNursing, Review: reviewDue,
}

// high and low are for values outside of what is usual that nobody must look
// at this minute.
var high = map[What]Advice{
	Pressure: {
		Title:  "血压偏高",
		Lines:  []string{"请坐着安静休息 5 分钟，再测一次。", "一次偏高不等于高血压；不同日子三次偏高，请找医生。", "少吃盐，不抽烟，少喝酒；在吃降压药的人不要自己加药停药。"},
		Source: sourcePressure, Review: reviewDue,
	},
	Pulse: {
		Title:  "脉搏偏快",
		Lines:  []string{"刚走完路、喝完茶或着急时会快，请休息 10 分钟再测。", "休息后还快，请给村医看。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Temperature: {
		Title:  "体温偏高",
		Lines:  []string{"请多喝水、多休息，4 小时后再量一次。", "发热超过 3 天，或有皮疹、气喘、脖子发硬，请马上找医生。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Breath: {
		Title:  "呼吸偏快",
		Lines:  []string{"请坐着休息 10 分钟再数一次。", "休息后还快，或觉得气不够用，请给村医看。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Sugar: {
		Title:  "血糖偏高",
		Lines:  []string{"饭后会高一些，请告诉村医您什么时候吃的饭。", "请约村医复查空腹血糖，不要自己加药。"},
		Source: sourceCare, Review: reviewDue,
	},
}

var low = map[What]Advice{
	Pressure: {
		Title:  "血压偏低",
		Lines:  []string{"没有不舒服，可以先休息再测一次。", "头晕、眼前发黑的人请先坐下或躺下，并给村医看。"},
		Source: sourcePressure, Review: reviewDue,
	},
	Pulse: {
		Title:  "脉搏偏慢",
		Lines:  []string{"经常干活锻炼的人会慢一些。", "头晕、胸闷，或在吃心脏病药的人，请给村医看。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Temperature: {
		Title:  "体温偏低",
		Lines:  []string{"请把体温计夹紧，再量一次。", "还是偏低又没有精神，请给村医看。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Oxygen: {
		Title:  "血氧偏低",
		Lines:  []string{"手冷、涂了指甲油会测低，请把手搓热再测一次。", "还是偏低，或觉得气不够用，请给村医看。"},
		Source: sourceOxygen, Review: reviewDue,
	},
	Breath: {
		Title:  "呼吸偏慢",
		Lines:  []string{"睡着或很放松时会慢，请清醒时再数一次。", "叫不醒、没有精神，请马上找医生。"},
		Source: sourceNursing, Review: reviewDue,
	},
	Sugar: {
		Title:  "血糖偏低",
		Lines:  []string{"出汗、手抖、心慌的人请马上吃糖或喝糖水，并找村医。", "在打胰岛素、吃降糖药的人请告诉村医。"},
		Source: sourceCare, Review: reviewDue,
	},
}

// urgent is for values at which someone must look now, by red-flag rule.
var urgent = map[string]Advice{
	"RF03": {
		Title:  "血氧太低，请马上找医生",
		Lines:  []string{"请坐直，松开衣领，不要走动。", "嘴唇发紫、说不出整句话，请立即打 120。"},
		Source: sourceOxygen, Review: reviewDue,
	},
	"RF09": {
		Title:  "小婴儿发热，请马上找医生",
		Lines:  []string{"三个月以内的孩子发热都要当天看医生。", "不吃奶、叫不醒、抽搐，请立即打 120。"},
		Source: sourceCare, Review: reviewDue,
	},
	"RF13": {
		Title:  "血压太高，请马上找医生",
		Lines:  []string{"请坐下，不要走动，不要自己加药。", "同时有头痛、呕吐、看不清、胸闷、说不清话，请立即打 120。"},
		Source: sourceCare, Review: reviewDue,
	},
	"RF14": {
		Title:  "血糖到了危险范围，请马上找医生",
		Lines:  []string{"太低：清醒的人马上喝糖水。太高：不要自己加药。", "叫不醒、呼吸很深、呕吐，请立即打 120。"},
		Source: sourceCare, Review: reviewDue,
	},
	"RF15": {
		Title:  "测量值到了危险范围，请马上找医生",
		Lines:  []string{"请坐下或躺下，不要走动。", "胸痛、气喘、叫不醒、出冷汗，请立即打 120。"},
		Source: sourceCare, Review: reviewDue,
	},
}
