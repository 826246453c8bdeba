package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/cluster"
	"xiangyi/edge/intake"
	"xiangyi/edge/station"
	"xiangyi/protocol/host/ops"
)

var noon = time.Date(2030, 5, 6, 12, 0, 0, 0, time.UTC)

// well is a county of three nodes and a station with which nothing is wrong.
func well() []answer {
	host := ops.Machine{Now: noon, Started: noon.Add(-time.Hour), Revision: "a1", DiskFree: 60, DiskTotal: 100, Certificate: noon.AddDate(1, 0, 0)}
	var all []answer
	for i := range 3 {
		n := &cluster.Status{Node: fmt.Sprintf("n%d", i+1), Leader: i == 0, LeaderID: "n1", Term: 4, Applied: 90, State: "aa", Last: 5,
			Peers: []string{"n1", "n2", "n3"}, Machine: host, Stations: []cluster.StationStatus{{Site: "v01", Digest: "d1"}}}
		all = append(all, answer{addr: "a", node: n, asked: noon})
	}
	s := &station.Status{Site: "v01", Position: 5, Digest: "d1", Compared: true, Equal: true, Line: true, Heard: noon, Machine: host,
		Devices: []intake.Device{{Name: "bp-01", Online: true, Heard: noon}}}
	return append(all, answer{addr: "b", station: s, asked: noon})
}

func TestTheDoctorFindsWhatIsWrong(t *testing.T) {
	if found := diagnose(well()); len(found) != 0 {
		t.Fatalf("with a county that is well: %+v", found)
	}
	for _, tt := range []struct {
		code  string
		grave bool
		spoil func(all []answer)
	}{
		{"silent", true, func(all []answer) { all[1] = answer{addr: "a", err: errors.New("does not answer")} }},
		{"one-more", true, func(all []answer) { all[1] = answer{addr: "a", err: errors.New("does not answer")} }},
		{"no-leader", true, func(all []answer) { all[1].node.LeaderID = "" }},
		{"cut-off", true, func(all []answer) { all[1].node.Contact = 11 }},
		{"two-leaders", true, func(all []answer) { all[2].node.Leader = true }},
		{"diverged", true, func(all []answer) { all[2].node.State = "bb" }},
		{"quarantine", false, func(all []answer) { all[0].node.Quarantine = 2 }},
		{"custody", false, func(all []answer) { all[0].node.Violations = 1 }},
		{"backup", true, func(all []answer) { all[1].node.Backup.Fault = "the disk of the backups is full" }},
		{"backup", true, func(all []answer) {
			all[1].node.Backup = cluster.BackupState{Every: "24h0m0s", At: noon.Add(-49 * time.Hour)}
		}},
		{"versions", false, func(all []answer) { all[2].node.Machine.Revision = "b2" }},
		{"disk-low", false, func(all []answer) { all[2].node.Machine.DiskFree = 14 }},
		{"disk-full", true, func(all []answer) { all[3].station.Machine.DiskFree = 6 }},
		{"clock", true, func(all []answer) { all[3].station.Machine.Now = noon.Add(-3 * time.Minute) }},
		{"certificate", false, func(all []answer) { all[3].station.Machine.Certificate = noon.AddDate(0, 0, 20) }},
		{"certificate", true, func(all []answer) { all[0].node.Machine.Certificate = noon.Add(-time.Second) }},
		{"clock", true, func(all []answer) { all[3].station.Clock.Suspect = true }},
		{"frozen", true, func(all []answer) { all[3].station.Alarm = "journal-tail-lost" }},
		{"differs", true, func(all []answer) { all[3].station.Equal = false }},
		{"digest", true, func(all []answer) { all[3].station.Digest = "d2" }},
		{"line", true, func(all []answer) { all[3].station.Line, all[3].station.Heard = false, noon.Add(-25*time.Hour) }},
		{"stuck", true, func(all []answer) { all[3].station.Waiting, all[3].station.Oldest = 1, noon.Add(-2*time.Hour) }},
		{"past", true, func(all []answer) { all[3].station.Head.Broken = "it has another past" }},
		{"parked", false, func(all []answer) { all[3].station.Parked = 1 }},
		{"instrument", false, func(all []answer) { all[3].station.Devices[0].Online = false }},
	} {
		all := well()
		tt.spoil(all)
		found := diagnose(all)
		i := slices.IndexFunc(found, func(f finding) bool { return f.Code == tt.code })
		if i < 0 || found[i].Grave != tt.grave {
			t.Errorf("%s (grave %v) is not found: %+v", tt.code, tt.grave, found)
			continue
		}
		if f := found[i]; f.What == "" || f.Do == "" || f.WhatZH == "" || f.DoZH == "" || f.Where == "" {
			t.Errorf("%s says too little: %+v", tt.code, f)
		}
	}
	// What is under way is no fault.
	all := well()
	all[3].station.Digest, all[3].station.Waiting = "d2", 1
	all[3].station.Line, all[3].station.Heard = false, noon.Add(-23*time.Hour)
	all[1].node.Applied, all[1].node.State = 80, "cc"
	if found := diagnose(all); len(found) != 0 {
		t.Errorf("offline for a day, and a node some commands behind: %+v", found)
	}
}

// served is an operators' door that says what it is given.
func served(t *testing.T, status any) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := json.MarshalWrite(w, status); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestStatusAndDoctorAskAtDoors(t *testing.T) {
	all := well()
	now := time.Now()
	for _, a := range all[:3] {
		a.node.Machine.Now, a.node.Machine.Certificate = now, time.Time{}
	}
	all[3].station.Machine.Now, all[3].station.Machine.Certificate, all[3].station.Heard = now, time.Time{}, now
	addrs := []string{served(t, all[0].node), served(t, all[1].node), served(t, all[2].node), served(t, all[3].station)}
	var out, complaints bytes.Buffer
	if code := run(&out, &complaints, append([]string{"doctor"}, addrs...)); code != 0 || !strings.Contains(out.String(), "nothing is wrong") {
		t.Errorf("doctor: %d, %s%s", code, out.String(), complaints.String())
	}
	out.Reset()
	if code := run(&out, &complaints, append([]string{"status"}, addrs...)); code != 0 || !strings.Contains(out.String(), "node n1") || !strings.Contains(out.String(), "station v01") {
		t.Errorf("status: %d, %s", code, out.String())
	}
	out.Reset()
	stranger := served(t, map[string]string{"hello": "world"})
	if code := run(&out, &complaints, []string{"doctor", "--lang", "zh", addrs[0], "127.0.0.1:1", stranger}); code != 1 || strings.Count(out.String(), "没有应答") != 2 {
		t.Errorf("doctor of nobody and a stranger: %d, %s", code, out.String())
	}
	if code := run(&out, &complaints, []string{"status"}); code != 2 {
		t.Errorf("status of nothing: %d", code)
	}
}
