package appointment

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

func views() []care.View {
	return []care.View{
		// How to come to a slot.
		start, chooseDepartment, chooseDay, chooseSession, chooseSlot, chooseDoctor, oneDoctor, offer, askAny, walkInPage, done,
		// A person's visits.
		mine, one, cancelPage, formPage, emergency, noticeList, boards, board,
		// The desk and the county.
		personPage, todayPage, queuePage, week, templatePage, holidayPage, allotmentPage, setupPage, sessionPage, repossessPage, repossessNumbersPage,
		bookings, requests, requestPage, displaced, myDay,
	}
}

const (
	kiosk  care.Channels = "kiosk"
	desk   care.Channels = "desk"
	portal care.Channels = "portal"
	staff  care.Channels = "desk,portal"
	all    care.Channels = "kiosk,desk,portal"
)

func pages() []care.Page {
	live := []protocol.Kind{KindAppointment, KindQueue, care.KindDelivery}
	entry := func(icon, label, detail string, order int, roles ...care.Role) *care.Entry {
		return &care.Entry{Icon: icon, Label: label, Detail: detail, Order: order, Roles: roles}
	}
	booking := entry("calendar-plus", "预约挂号", "约县里和镇上的医生", 10)
	booking.Item = Item
	return []care.Page{
		{Path: "/appointment", Channels: kiosk, View: start.Name, Template: "appointment/start", Title: "预约挂号", Entry: booking},
		{Path: "/appointment/departments", Channels: all, View: chooseDepartment.Name, Template: "appointment/departments", Title: "选择科室"},
		{Path: "/appointment/departments/{department}", Channels: all, View: chooseDay.Name, Template: "appointment/days", Title: "选择日期"},
		{Path: "/appointment/departments/{department}/{date}", Channels: all, View: chooseSession.Name, Template: "appointment/sessions", Title: "选择医生"},
		{Path: "/appointment/session/{session}", Channels: all, View: chooseSlot.Name, Template: "appointment/times", Title: "选择时间"},
		{Path: "/appointment/doctors", Channels: all, View: chooseDoctor.Name, Template: "appointment/doctors", Title: "选择医生"},
		{Path: "/appointment/doctor/{doctor}", Channels: all, View: oneDoctor.Name, Template: "appointment/doctor", Title: "医生介绍"},
		{Path: "/appointment/slot/{slot}", Channels: all, View: offer.Name, Template: "appointment/offer", Title: "请核对预约信息"},
		{Path: "/appointment/request/{slot}", Channels: all, View: offer.Name, Template: "appointment/offer", Title: "提交预约申请"},
		{Path: "/appointment/ask/{session}", Channels: all, View: askAny.Name, Template: "appointment/ask", Title: "提交预约申请"},
		{Path: "/appointment/walk-in/{session}", Channels: all, View: walkInPage.Name, Template: "appointment/walk-in", Title: "取现场号"},
		{Path: "/appointment/done/{appointment}", Channels: all, View: done.Name, Template: "appointment/done", Title: "预约成功", Live: live},

		{Path: "/appointment/mine", Channels: kiosk, View: mine.Name, Template: "appointment/mine", Title: "我的预约", Back: "/appointment"},
		{Path: "/appointment/mine/{appointment}", Channels: kiosk, View: one.Name, Template: "appointment/one", Title: "预约", Back: "/appointment/mine", Live: live},
		{Path: "/appointment/mine/{appointment}", Channels: staff, View: one.Name, Template: "appointment/one", Title: "预约", Live: live},
		{Path: "/appointment/cancel/{appointment}", Channels: all, View: cancelPage.Name, Template: "appointment/cancel", Title: "确定取消这个预约吗？"},
		{Path: "/appointment/previsit/{appointment}", Channels: all, View: formPage.Name, Template: "appointment/form", Title: "就诊前问答"},
		{Path: "/appointment/emergency/{flag}", Channels: all, View: emergency.Name, Template: "appointment/emergency", Title: "急救提示"},
		{Path: "/appointment/notices", Channels: kiosk, View: noticeList.Name, Template: "appointment/notices", Title: "我的通知", Back: "/appointment",
			Entry: entry("message-circle", "我的通知", "预约、停诊等消息", 60, care.Resident)},
		{Path: "/appointment/boards", Channels: all, View: boards.Name, Template: "appointment/boards", Title: "今天的候诊"},
		{Path: "/appointment/board/{session}", Channels: all, View: board.Name, Template: "appointment/board", Title: "候诊叫号", Back: "/appointment/boards", Live: live},

		{Path: "/appointment/person/{person}", Channels: staff, View: personPage.Name, Template: "appointment/person", Title: "为居民预约"},
		{Path: "/appointment/queue/{session}", Channels: staff, View: queuePage.Name, Template: "appointment/queue", Title: "候诊"},
		{Path: "/appointment/today", Channels: desk, View: todayPage.Name, Template: "appointment/today", Title: "今天的预约",
			Entry: entry("calendar-check", "今天的预约", "本站约的就诊和候诊", 20, care.Doctor)},

		{Path: "/appointment/schedules", Channels: portal, View: week.Name, Template: "appointment/week", Title: "排班和号源", Entry: entry("calendar-days", "排班和号源", "出诊、分号、停诊", 10, office...)},
		{Path: "/appointment/sessions/{session}", Channels: portal, View: sessionPage.Name, Template: "appointment/custody", Title: "出诊", Back: "/appointment/schedules"},
		{Path: "/appointment/repossess/{slot}", Channels: portal, View: repossessPage.Name, Template: "appointment/repossess", Title: "强制收回号源", Back: "/appointment/schedules"},
		{Path: "/appointment/repossess-numbers/{numbers}", Channels: portal, View: repossessNumbersPage.Name, Template: "appointment/repossess", Title: "强制收回现场号", Back: "/appointment/schedules"},
		{Path: "/appointment/templates", Channels: portal, View: templatePage.Name, Template: "appointment/table", Title: "每周排班", Back: "/appointment/schedules"},
		{Path: "/appointment/holidays", Channels: portal, View: holidayPage.Name, Template: "appointment/table", Title: "放假安排", Back: "/appointment/schedules"},
		{Path: "/appointment/allotments", Channels: portal, View: allotmentPage.Name, Template: "appointment/table", Title: "村站固定份额", Back: "/appointment/schedules"},
		{Path: "/appointment/setup", Channels: portal, View: setupPage.Name, Template: "appointment/table", Title: "科室设置", Back: "/appointment/schedules"},
		{Path: "/appointment/bookings", Channels: portal, View: bookings.Name, Template: "appointment/bookings", Title: "预约列表", Entry: entry("list-checks", "预约列表", "按日期或预约号查", 20, schedulers...)},
		{Path: "/appointment/requests", Channels: portal, View: requests.Name, Template: "appointment/table", Title: "待答复的申请", Entry: entry("inbox", "待答复的申请", "同意或说明原因", 30, care.Scheduler, care.CountyDoctor)},
		{Path: "/appointment/requests/{appointment}", Channels: portal, View: requestPage.Name, Template: "appointment/request", Title: "答复申请", Back: "/appointment/requests"},
		{Path: "/appointment/displaced", Channels: portal, View: displaced.Name, Template: "appointment/table", Title: "需要改约", Entry: entry("calendar-x", "需要改约", "停诊或号源冲突", 40, schedulers...)},
		{Path: "/appointment/my-day", Channels: portal, View: myDay.Name, Template: "appointment/my-day", Title: "我今天的病人", Entry: entry("stethoscope", "我今天的病人", "名单、问答、叫号", 5, care.CountyDoctor)},
	}
}
