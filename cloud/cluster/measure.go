package cluster

import (
	"context"

	"xiangyi/protocol/host/ops"
)

// measure writes this node's figures.
func (n *Node) measure(ctx context.Context, m *ops.Metrics) error {
	s, err := n.Status(ctx)
	if err != nil {
		return err
	}
	m.Machine(s.Machine)
	m.Gauge("xiangyi_node_leader", "This node leads and serves.", ops.Bool(s.Leader))
	m.Gauge("xiangyi_node_term", "Term of the group.", float64(s.Term))
	m.Gauge("xiangyi_node_applied", "Newest command in the records.", float64(s.Applied))
	m.Gauge("xiangyi_node_contact_seconds", "Since the leader was heard.", s.Contact)
	m.Gauge("xiangyi_node_stations_connected", "Connections of stations on this node.", float64(s.Connected))
	m.Gauge("xiangyi_node_quarantine", "Changes that are parked.", float64(s.Quarantine))
	m.Gauge("xiangyi_node_custody_violations", "Writes against custody.", float64(s.Violations))
	if !s.Backup.At.IsZero() {
		m.Gauge("xiangyi_node_backup_seconds", "Time of this node's newest backup.", float64(s.Backup.At.Unix()))
	}
	m.Gauge("xiangyi_node_backup_failed", "The newest backup failed.", ops.Bool(s.Backup.Fault != ""))
	for _, st := range s.Stations {
		held := 0.0
		for _, seq := range st.HighWater {
			held += float64(seq)
		}
		m.Gauge("xiangyi_station_held", "Changes of a station that the county holds.", held, "site", string(st.Site))
		if !st.Heard.IsZero() {
			m.Gauge("xiangyi_station_newest_seconds", "Time of a station's newest Change here.", float64(st.Heard.Unix()), "site", string(st.Site))
		}
	}
	return nil
}
