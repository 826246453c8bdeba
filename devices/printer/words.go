package printer

// Words say to a person at the station what is wrong and what to do, without the printer's vocabulary.
type Words struct{ ZH, EN string }

// Words returns what to show for a condition. An unlisted condition reads as Unknown.
func (c Condition) Words() Words {
	if w, ok := words[c]; ok {
		return w
	}
	return words[Unknown]
}

var words = map[Condition]Words{
	Ready:        {"打印机正常", "The printer is ready"},
	NearEnd:      {"纸快用完了，请准备换纸", "Paper is running low; have a new roll ready"},
	OutOfPaper:   {"打印机没纸了，装好纸后会接着打印", "The printer is out of paper; it goes on once paper is in"},
	CoverOpen:    {"打印机的盖子没有盖好，请合上", "The printer's cover is open; please close it"},
	Jam:          {"打印机卡纸了，请打开盖子把纸取出", "Paper is stuck in the printer; open the cover and take it out"},
	NoToner:      {"打印机的墨粉用完了，请更换", "The printer has no toner left; please replace it"},
	NeedsService: {"打印机出了故障，请联系维护人员", "The printer has a fault; please call maintenance"},
	Busy:         {"打印机正忙，稍等会自动再试", "The printer is busy; it will be tried again"},
	Offline:      {"打印机没有开机或没有接好，请检查电源和连线", "The printer is off or not connected; check power and cable"},
	Unknown:      {"打印机没有回答，请看一眼纸有没有出来", "The printer does not answer; please look whether paper came out"},
}
