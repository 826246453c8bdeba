package printing

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/care/report"
)

// orders are the actions that lead to paper, and the paper that each leads to.
var orders = map[protocol.ActionName]func(c *protocol.Change) (printing.Order, error){
	"appointment.book":       slipOrder,
	"appointment.request":    slipOrder,
	"appointment.cancel":     slipOrder,
	"appointment.reschedule": slipOrder,
	"appointment.reprint":    reprintOrder,
	report.Asked:             reportOrder,
}

func slipOrder(c *protocol.Change) (printing.Order, error) {
	return printing.Order{What: printing.Slip, About: c.About()}, nil
}

// reprintOrder is about the appointment, not about the record that counts.
func reprintOrder(c *protocol.Change) (printing.Order, error) {
	var again appointment.Reprint
	if err := protocol.Decode(c.Writes[0].Value, &again); err != nil {
		return printing.Order{}, err
	}
	return printing.Order{What: printing.Slip, About: appointment.AppointmentRef(again.Appointment), Copy: again.Count}, nil
}

// reportOrder is about the copy that the report service counted.
func reportOrder(c *protocol.Change) (printing.Order, error) {
	var copied report.Print
	if err := protocol.Decode(c.Writes[0].Value, &copied); err != nil {
		return printing.Order{}, err
	}
	return printing.Order{What: printing.Report, About: c.About(), Reason: copied.Reason}, nil
}

// asks reports whether a person's deed asks for paper.
func asks(c *protocol.Change) bool {
	return orders[c.Action] != nil && c.Outcome == protocol.Done && len(c.Writes) > 0 && c.Actor.Role != care.System
}

// orderOf is the paper that a Change asks for. Only people who stand in this
// station ask for paper: what the county or another station did does not.
func (p *Printing) orderOf(c *protocol.Change) (printing.Order, bool, error) {
	if c.Site != p.Site || !asks(c) {
		return printing.Order{}, false, nil
	}
	o, err := orders[c.Action](c)
	if err != nil {
		return o, false, err
	}
	o.Person, o.Terminal, o.Cause, o.Source = c.Writes[0].Subject, c.Actor.Terminal, c.Action, c.Position.String()
	return o, true, nil
}
