package appointment

import "xiangyi/protocol/care"

// actions are all that can be done, in the order in which a visit goes.
func actions() []care.Action {
	return []care.Action{
		// What the county prepares.
		setDepartment, setTemplate, endTemplate, addHoliday, endHoliday, publishForm, allot, plan, open, extra, substitute, stop, reopen, move,
		// Whose a slot is.
		grant, giveBackAll, settle, openNumbers, grantNumbers, reclaimNumbers, repossessNumbers, reclaim, repossess, confirmBlock, hospitalSold, releaseSlot,
		// A person's visit.
		book, walkIn, request, accept, decline, cancel, reschedule, displace, rebooked, newDoctor, doubledTask, reprint, markRead,
		// Before the visit and on the day.
		answer, clearAlarm, checkin, call, recall, end,
	}
}
