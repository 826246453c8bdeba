package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/host/ops"
)

// finding is something that is wrong, and what to do about it.
type finding struct {
	Where  string `json:"where"`
	Code   string `json:"code"`
	Grave  bool   `json:"grave"` // people are, or may soon be, without something
	What   string `json:"what"`
	Do     string `json:"do"`
	WhatZH string `json:"whatZh"`
	DoZH   string `json:"doZh"`
}

// errIll is the answer of doctor when something grave was found.
var errIll = errors.New("something needs a person")

// doctor asks all machines, and says in words what is wrong.
func doctor(out io.Writer, args []string) error {
	var asJSON bool
	var language string
	addrs, err := doors("doctor", args, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "")
		f.StringVar(&language, "lang", "en", "")
	})
	if err != nil {
		return err
	}
	found := diagnose(survey(context.Background(), addrs))
	if err := tell(out, found, len(addrs), asJSON, language == "zh"); err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(f finding) bool { return f.Grave }) {
		return errIll
	}
	return nil
}

func tell(out io.Writer, found []finding, asked int, asJSON, zh bool) error {
	if asJSON {
		for _, f := range found {
			if err := line(out, f); err != nil {
				return err
			}
		}
		return nil
	}
	if len(found) == 0 {
		words := "%d machines answered; nothing is wrong.\n"
		if zh {
			words = "问了 %d 台机器，一切正常。\n"
		}
		_, err := fmt.Fprintf(out, words, asked)
		return err
	}
	for _, f := range found {
		mark := "!"
		if f.Grave {
			mark = "!!"
		}
		what, do := f.What, f.Do
		if zh {
			what, do = f.WhatZH, f.DoZH
		}
		if _, err := fmt.Fprintf(out, "%s %s: %s\n   → %s\n", mark, f.Where, what, do); err != nil {
			return err
		}
	}
	return nil
}

// Limits of what counts as well.
const (
	diskLow    = 0.15
	diskFull   = 0.07
	clockOff   = 2 * time.Minute
	certSoon   = 30 * 24 * time.Hour
	lineQuiet  = 24 * time.Hour // a station may be alone for days; after one somebody should ask why
	oldWaiting = time.Hour      // with the line there, nothing waits so long
	farBehind  = 10 * time.Second
)

// diagnose looks at what all said. It asks nobody, and reads no clock but theirs.
func diagnose(all []answer) []finding {
	var out []finding
	for i := range all {
		a := &all[i]
		switch {
		case a.err != nil:
			out = append(out, finding{a.addr, "silent", true, a.err.Error(),
				"look whether its program runs and its operators' address is right; its log says why it ended", "没有应答",
				"看它的程序是否在运行、运维地址是否正确；日志里有停止的原因"})
		case a.node != nil:
			out = append(out, a.ofNode()...)
		default:
			out = append(out, a.ofStation()...)
		}
	}
	out = append(out, ofGroup(all)...)
	return append(out, ofDigests(all)...)
}

// ofMachine is what any machine may suffer from.
func (a *answer) ofMachine() (out []finding) {
	var m ops.Machine
	if a.station != nil {
		m = a.station.Machine
	} else {
		m = a.node.Machine
	}
	add := func(code string, grave bool, what, do, whatZH, doZH string) {
		out = append(out, finding{a.name(), code, grave, what, do, whatZH, doZH})
	}
	switch free := m.Free(); {
	case free < diskFull:
		add("disk-full", true, fmt.Sprintf("%.0f%% of its disk is free: only urgent things are still taken", 100*free),
			"make room: move what is not ours off this disk, or give it a larger one; nothing of ours may be deleted by hand",
			fmt.Sprintf("磁盘只剩 %.0f%%，只接收紧急记录", 100*free), "腾出空间：把别的文件移走，或换大一点的盘；不要手工删除本系统的文件")
	case free < diskLow:
		add("disk-low", false, fmt.Sprintf("%.0f%% of its disk is free: photos are refused", 100*free), "make room before it is 7%",
			fmt.Sprintf("磁盘只剩 %.0f%%，不再接收照片", 100*free), "在降到 7% 之前腾出空间")
	}
	if off := m.Now.Sub(a.asked); off.Abs() > clockOff {
		add("clock", true, fmt.Sprintf("its clock is %v off from the one here", off.Round(time.Second)),
			"find out which is right, and set the other; slots near their cut-off depend on it",
			fmt.Sprintf("它的时钟和这里差 %v", off.Round(time.Second)), "核对哪一台不准并校正；临近截止的号源要靠时钟")
	}
	if left := m.Certificate.Sub(a.asked); !m.Certificate.IsZero() && left < certSoon {
		add("certificate", left < 0, fmt.Sprintf("its certificate ends on %s", m.Certificate.Format(time.DateOnly)), "renew it; without one it can reach nobody",
			fmt.Sprintf("证书 %s 到期", m.Certificate.Format(time.DateOnly)), "尽快更换；没有证书就连不上")
	}
	return out
}

func (a *answer) ofNode() []finding {
	n, out := a.node, a.ofMachine()
	add := func(code string, grave bool, what, do, whatZH, doZH string) {
		out = append(out, finding{n.Node, code, grave, what, do, whatZH, doZH})
	}
	switch {
	case n.LeaderID == "":
		add("no-leader", true, "it knows no leader: nothing can be written in the county", "see that more than half of the nodes run and reach each other at their raft addresses",
			"不知道谁是主节点：县里现在不能写入", "检查是否过半节点在运行，并且节点之间的网络是通的")
	case time.Duration(n.Contact*float64(time.Second)) > farBehind:
		add("cut-off", true, fmt.Sprintf("it has not heard the leader for %.0f s: its pages are that old", n.Contact), "look at the network between the nodes",
			fmt.Sprintf("已经 %.0f 秒没有听到主节点，页面内容停在那时", n.Contact), "检查节点之间的网络")
	}
	every, err := time.ParseDuration(n.Backup.Every)
	switch age := a.asked.Sub(n.Backup.At); {
	case n.Backup.Fault != "":
		add("backup", true, "no backup was made: "+n.Backup.Fault, "make room or mend the folder of its backups; it tries again within 15 minutes",
			"备份没有做成："+n.Backup.Fault, "清理或修好备份目录，15 分钟内会自动重试")
	case err == nil && !n.Backup.At.IsZero() && age > 2*every:
		add("backup", true, fmt.Sprintf("its newest backup is %s old", age.Round(time.Hour)), "see its log, and that the folder of its backups can be written",
			fmt.Sprintf("最近一次备份是 %.0f 小时前", age.Hours()), "查看节点日志，确认备份目录可写")
	}
	if n.Leader && n.Quarantine > 0 {
		add("quarantine", false, fmt.Sprintf("%d changes are parked", n.Quarantine), "open 待处理 in the portal: each says why, and can be tried again or set aside",
			fmt.Sprintf("有 %d 条记录被搁置", n.Quarantine), "打开门户的隔离区：每条都写了原因，可以重试或搁置")
	}
	if n.Leader && n.Violations > 0 {
		add("custody", false, fmt.Sprintf("%d writes were made against custody", n.Violations), "each has a task for a scheduler in the portal; a copied disk is the usual cause",
			fmt.Sprintf("有 %d 次越权写入号源", n.Violations), "门户里有对应的任务；多半是磁盘被复制过")
	}
	return out
}

func (a *answer) ofStation() []finding {
	s, out := a.station, a.ofMachine()
	add := func(code string, grave bool, what, do, whatZH, doZH string) {
		out = append(out, finding{string(s.Site), code, grave, what, do, whatZH, doZH})
	}
	now := s.Machine.Now
	if s.Clock.Suspect {
		off := (time.Duration(s.Clock.Off) * time.Second).String()
		add("clock", true, "the station's clock may be off by "+off, "set it, or give the station a line: within two hours the county's time is believed; until then it sells no slots",
			"村站的时钟可能差了"+off, "把时钟调准，或让它连上网络：两小时内会以县里的时间为准，在此之前不能直接约号")
	}
	if s.Alarm != "" {
		add("frozen", true, "custody is frozen: "+s.Alarm, "give it a line: it thaws by itself when its records equal the county's; until then it sells no slots",
			"号源已冻结："+s.Alarm, "让它连上网络：和县里核对一致后会自动解冻，在此之前不能直接约号")
	}
	if s.Compared && !s.Equal {
		add("differs", true, "its records differ from the county's", "it repairs itself while the line is there; look again in ten minutes",
			"记录和县里不一致", "联网时会自动修复，十分钟后再看")
	}
	quiet := s.Heard
	if quiet.IsZero() {
		quiet = s.Machine.Started
	}
	switch {
	case !s.Line && now.Sub(quiet) > lineQuiet:
		add("line", true, fmt.Sprintf("no line for %v; %d changes wait here", now.Sub(quiet).Round(time.Hour), s.Waiting), "look at the station's modem and cable; nothing is lost as long as the box is well",
			fmt.Sprintf("断网 %v，有 %d 条记录等待上传", now.Sub(quiet).Round(time.Hour), s.Waiting), "检查村站的网络设备；只要盒子完好，记录不会丢")
	case s.Line && !s.Oldest.IsZero() && now.Sub(s.Oldest) > oldWaiting:
		add("stuck", true, fmt.Sprintf("the line is there, and something waits since %s", s.Oldest.Format(time.RFC3339)), "look at the county's nodes first; then at this station's log",
			fmt.Sprintf("网络是通的，但有记录从 %s 起一直没有上传", s.Oldest.Format(time.RFC3339)), "先看县里的节点，再看村站日志")
	}
	if s.Head.Broken != "" {
		add("past", true, "the county's proof log does not continue the one that it knows: "+s.Head.Broken, "keep every disk as it is; audit the nodes against this station's last head (xyctl audit verify)",
			"县里的存证日志和本站留存的对不上："+s.Head.Broken, "保留所有磁盘原样；用本站最后的日志头核对各节点（xyctl audit verify）")
	}
	if s.Parked > 0 {
		add("parked", false, fmt.Sprintf("%d changes that came cannot be taken", s.Parked), "update this station's program; they stay until then",
			fmt.Sprintf("有 %d 条下发的记录不能接收", s.Parked), "升级村站程序；在此之前这些记录会保留")
	}
	for _, d := range s.Devices {
		if !d.Online && !d.Heard.IsZero() {
			add("instrument", false, fmt.Sprintf("instrument %s is silent since %s", d.Name, d.Heard.Format(time.RFC3339)), "see that it is switched on and plugged in",
				fmt.Sprintf("仪器 %s 从 %s 起没有信号", d.Name, d.Heard.Format(time.RFC3339)), "检查电源和连接线")
		}
	}
	return out
}

// ofGroup looks at the county's nodes together.
func ofGroup(all []answer) (out []finding) {
	states, leaders, up := map[uint64][]*answer{}, map[uint64][]string{}, 0
	var peers []string
	revisions := map[string]bool{}
	for i := range all {
		a := &all[i]
		if a.node == nil {
			continue
		}
		up++
		states[a.node.Applied] = append(states[a.node.Applied], a)
		revisions[a.node.Machine.Revision] = true
		if a.node.Leader {
			leaders[a.node.Term] = append(leaders[a.node.Term], a.node.Node)
		}
		if len(a.node.Peers) > len(peers) {
			peers = a.node.Peers
		}
	}
	add := func(code string, grave bool, what, do, whatZH, doZH string) {
		out = append(out, finding{"county", code, grave, what, do, whatZH, doZH})
	}
	if need := len(peers)/2 + 1; up > 0 && up == need && up < len(peers) {
		add("one-more", true, fmt.Sprintf("%d of %d nodes answer: one more failure stops the county", up, len(peers)), "bring the others back first of all",
			fmt.Sprintf("%d 个节点只有 %d 个应答，再坏一个县里就停了", len(peers), up), "先把其他节点恢复")
	}
	for command, same := range states {
		for _, a := range same[1:] {
			if a.node.State != same[0].node.State {
				add("diverged", true, fmt.Sprintf("%s and %s hold different records at command %d", same[0].node.Node, a.node.Node, command),
					"ask a third node which of them is wrong; stop that one, remove its directory and start it with rejoin",
					fmt.Sprintf("%s 和 %s 在第 %d 条命令处记录不同", same[0].node.Node, a.node.Node, command), "和第三个节点比对，停掉不一致的那个，清空它的目录后以 rejoin 方式启动")
			}
		}
	}
	for term, names := range leaders {
		if len(names) > 1 {
			add("two-leaders", true, fmt.Sprintf("%s say that they lead in term %d", strings.Join(names, " and "), term), "stop all of them, keep their disks, and ask the makers",
				fmt.Sprintf("%s 都说自己是第 %d 任的主节点", strings.Join(names, "、"), term), "全部停下，保留磁盘，联系开发方")
		}
	}
	if len(revisions) > 1 {
		add("versions", false, "the nodes run different programs", "finish the upgrade: one release apart is the most that is tested",
			"各节点程序版本不同", "尽快完成升级：只保证相邻两个版本同时运行")
	}
	return out
}

// ofDigests compares what a station has with what the county holds of it, where both
// were asked and neither is under way.
func ofDigests(all []answer) (out []finding) {
	held := map[protocol.Site]string{}
	at := map[protocol.Site]protocol.Cursor{}
	for i := range all {
		if n := all[i].node; n != nil && n.Leader {
			for _, s := range n.Stations {
				held[s.Site], at[s.Site] = s.Digest, n.Last
			}
		}
	}
	for i := range all {
		s := all[i].station
		if s == nil || held[s.Site] == "" || s.Position != at[s.Site] || s.Waiting > 0 {
			continue
		}
		if s.Digest != held[s.Site] {
			out = append(out, finding{string(s.Site), "digest", true, "its digest is not the county's at the same position", "give it ten minutes with a line; it locates the difference and repairs it",
				"同一位置上，它的摘要和县里不同", "保持联网十分钟，它会自己定位并修复"})
		}
	}
	return out
}
