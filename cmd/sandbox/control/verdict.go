package control

import (
	"fmt"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/protocol/care/screen"
)

// verdicts answer the three questions of the overview.
func verdicts(p county.Plan, s Snapshot) []Verdict {
	stations := Verdict{Question: "各站与县里的摘要", Mark: stationsAgree(p, s), Counted: true}
	for _, h := range s.Stations {
		stations.Records += h.Value.Records
		stations.Waiting += h.Value.Waiting
	}
	return []Verdict{
		{Question: "县里各节点的账本", Mark: nodesAgree(s), Detail: nodesDetail(s)}, stations,
		{Question: "谁在领导", Mark: leads(s), Detail: leaderName(s)},
	}
}

// nodesAgree compares the state of nodes that stand at the same place of the ledger. Nodes at different places are not
// unequal, they are on their way.
func nodesAgree(s Snapshot) screen.Mark {
	states, places, heard := map[uint64]string{}, map[uint64]bool{}, 0
	for _, n := range s.Nodes {
		if !n.OK {
			continue
		}
		heard++
		places[n.Value.Applied] = true
		if was, ok := states[n.Value.Applied]; ok && was != n.Value.State {
			return no("不一致")
		}
		states[n.Value.Applied] = n.Value.State
	}
	switch {
	case heard == 0:
		return no("没有节点回答")
	case len(places) > 1:
		return wait("正在追上")
	case heard < len(s.Nodes):
		return warn("一致，有节点没有回答")
	}
	return yes("一致")
}

func nodesDetail(s Snapshot) string {
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			return fmt.Sprintf("#%d · %s", n.Value.Applied, short(n.Value.State))
		}
	}
	return ""
}

func stationsAgree(p county.Plan, s Snapshot) screen.Mark {
	out := yes("一致")
	for _, v := range p.Stations {
		switch m := stationAgrees(s, v.Site); m.Kind {
		case screen.Bad:
			return m
		case screen.Calm, screen.Warn:
			out = m
		}
	}
	return out
}

// stationAgrees says whether a station and the county hold the same. Digests that differ mean something only where both
// stand at the same place of the ledger and nothing is on its way.
func stationAgrees(s Snapshot, site county.Name) screen.Mark {
	h := s.Stations[site]
	theirs, last := held(s, site)
	switch {
	case !h.OK:
		return warn("没有回答")
	case h.Value.Waiting > 0 || !h.Value.Line:
		return wait("等网络")
	case theirs.Digest == h.Value.Digest:
		return yes("一致")
	case h.Value.Position != last:
		return wait("正在追上")
	}
	return no("不一致")
}

// held is what the leading node, or any that answers, holds of a station, and where in the ledger it stands.
func held(s Snapshot, site county.Name) (out HeldOf, last uint64) {
	for _, n := range s.Nodes {
		for _, st := range n.Value.Stations {
			if n.OK && st.Site == string(site) && (out.Site == "" || n.Value.Leader) {
				out, last = st, n.Value.Last
			}
		}
	}
	return out, last
}

func leads(s Snapshot) screen.Mark {
	leaders := 0
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			leaders++
		}
	}
	switch leaders {
	case 0:
		return wait("正在选举")
	case 1:
		return yes("已选出")
	}
	return warn("正在交接")
}

func leaderName(s Snapshot) string {
	for _, n := range s.Nodes {
		if n.OK && n.Value.Leader {
			return n.Value.Node
		}
	}
	return "—"
}
