package delivery

import (
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// OpenPage lists what did not arrive, what needs somebody first.
type OpenPage struct{ Table screen.Table }

// farSides are those whose deliveries are listed, in this order.
var farSides = []struct{ name, title string }{{"hospital", "县医院"}, {"sms", "短信"}}

// open states, in the order in which they are listed.
var open = []struct {
	state care.DeliveryState
	mark  screen.Mark
	again bool // a person may let it be tried once more
}{
	{care.DeliveryParked, screen.Mark{Kind: screen.Warn, Text: "对方没有接受"}, true},
	{care.DeliveryInDoubt, screen.Mark{Kind: screen.Warn, Text: "不确定对方是否收到"}, true},
	{care.DeliverySent, screen.Mark{Kind: screen.Calm, Text: "已发出，等回执"}, false},
	{care.DeliveryPending, screen.Mark{Kind: screen.Calm, Text: "等待传送"}, false},
}

// matters are the words for what deliveries are about.
var matters = map[protocol.Kind]string{"appointment": "预约||matter", "slot": "号源||matter", care.KindNotice: "通知||matter"}

// mostOpen bounds the rows of one far side and state.
const mostOpen = 200

func undelivered() care.View {
	return care.Show(care.View{
		Name: "delivery.open", Purpose: care.ForOperations,
		Roles: []care.Role{care.Operator, care.Scheduler, care.Supervisor, care.CountyDoctor},
	}, func(l *care.Look, _ struct{}) (OpenPage, error) {
		page := OpenPage{screen.Table{
			Caption: "没有送到的",
			Empty:   &screen.Empty{Icon: "check-check", Title: "都送到了", Text: "对方没有接受或没有回音的会出现在这里"},
			Columns: []screen.Column{{Label: "时间"}, {Label: "送往"}, {Label: "事项"}, {Label: "传送状态"}, {Label: "原因"},
				{Label: "次数", Numeric: true}, {Label: "再送", Hidden: true}},
		}}
		may := mayRetry(l.Actor.Role)
		for n := range open {
			for _, to := range farSides {
				found, err := care.Collect[care.Delivery](l, protocol.Query{Kind: care.KindDelivery, Index: "state",
					Match: []string{to.name, string(open[n].state)}, Limit: mostOpen})
				if err != nil {
					return OpenPage{}, err
				}
				for i := range found {
					page.Table.Rows = append(page.Table.Rows, row(&found[i], to.title, n, may))
				}
			}
		}
		return page, nil
	})
}

func row(f *care.Found[care.Delivery], to string, n int, may bool) screen.Row {
	v, s := &f.Value, &open[n]
	cells := []screen.Cell{
		{Text: v.At.In(screen.China).Format("2006-01-02 15:04")}, {Text: to},
		{Text: matters[v.About.Kind], Note: string(v.About.ID)},
		{Mark: &s.mark}, {Text: v.Reason}, {Text: fmt.Sprint(v.Tries)}, {},
	}
	if s.again && may {
		cells[6].Buttons = []screen.Button{{Label: "再送一次", Action: "/do/" + string(Retry), Icon: "refresh-cw",
			Fields: []screen.Hidden{{Name: "id", Value: string(f.Ref.ID)}}}}
	}
	return screen.Row{Cells: cells}
}
