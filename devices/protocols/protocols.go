// Package protocols is the one list of what instruments, readers and printers
// speak, for whoever looks a protocol up by its name.
package protocols

import (
	"xiangyi/devices/aandd"
	"xiangyi/devices/astm"
	"xiangyi/devices/berry"
	"xiangyi/devices/beurer"
	"xiangyi/devices/contec"
	"xiangyi/devices/datascope"
	"xiangyi/devices/fingerprint"
	"xiangyi/devices/frame"
	"xiangyi/devices/idcard"
	"xiangyi/devices/lifescan"
	"xiangyi/devices/masimo"
	"xiangyi/devices/medlab"
	"xiangyi/devices/monitor"
	"xiangyi/devices/nonin"
	"xiangyi/devices/omron"
	"xiangyi/devices/printer/escpos"
	"xiangyi/devices/printer/ipp"
	"xiangyi/devices/pulsewave"
	"xiangyi/devices/scale"
	"xiangyi/devices/suntech"
	"xiangyi/devices/taidoc"
	"xiangyi/devices/visomat"
)

// All lists them, kinds of instruments together.
var All = []frame.Protocol{
	contec.V7, contec.V4, berry.BCI, nonin.OEM3, masimo.ASCII1,
	pulsewave.RBP, suntech.NIBP, omron.HBP9030, aandd.UA767, visomat.DS2200, medlab.NIBP2020, datascope.Accutorr3, beurer.Records,
	taidoc.Protocol51, lifescan.Binary, lifescan.Verio, astm.E1381,
	scale.ST, scale.SICS, monitor.ORU,
	idcard.SDT, fingerprint.EF01, escpos.Status, escpos.Encode, ipp.Message,
}

// Named gives a protocol.
func Named(name string) (frame.Protocol, bool) {
	for _, p := range All {
		if p.Name == name {
			return p, true
		}
	}
	return frame.Protocol{}, false
}
