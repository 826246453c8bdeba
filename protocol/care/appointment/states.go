package appointment

import "xiangyi/protocol/care/screen"

// stateWords is how a state is shown: never by colour alone.
var stateWords = map[State]screen.Mark{
	Requested:   {Kind: screen.Calm, Text: "已申请，等待医院确认"},
	Declined:    {Kind: screen.Warn, Text: "申请未能安排"},
	Booked:      {Kind: screen.Good, Text: "已预约"},
	Cancelled:   {Kind: screen.Info, Text: "已取消"},
	Rescheduled: {Kind: screen.Info, Text: "已改约"},
	Displaced:   {Kind: screen.Warn, Text: "需要改约"},
	CheckedIn:   {Kind: screen.Good, Text: "已报到"},
	Called:      {Kind: screen.Good, Text: "已叫号"},
	Missed:      {Kind: screen.Warn, Text: "已过号"},
	NoShow:      {Kind: screen.Info, Text: "未到诊"},
	Seen:        {Kind: screen.Good, Text: "已就诊"},
}

// Mark is the state in words and a sign.
func (s State) Mark() screen.Mark { return stateWords[s] }

// slotWords is how the state of a slot is shown to schedulers.
var slotWords = map[SlotState]screen.Mark{
	SlotFree:      {Kind: screen.Good, Text: "空号"},
	SlotBooked:    {Kind: screen.Info, Text: "已约出"},
	SlotBlocking:  {Kind: screen.Calm, Text: "等医院确认"},
	SlotWithdrawn: {Kind: screen.Warn, Text: "已撤出"},
}

// sessionWords is how the state of a session is shown.
var sessionWords = map[SessionState]screen.Mark{
	SessionOpen:    {Kind: screen.Good, Text: "开放"},
	SessionStopped: {Kind: screen.Warn, Text: "已停诊"},
	SessionEnded:   {Kind: screen.Info, Text: "已结束"},
}

// weekWords are the days of the week, from Monday.
var weekWords = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}
