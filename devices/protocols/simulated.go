package protocols

import (
	"xiangyi/devices/aandd"
	"xiangyi/devices/astm"
	"xiangyi/devices/berry"
	"xiangyi/devices/beurer"
	"xiangyi/devices/contec"
	"xiangyi/devices/datascope"
	"xiangyi/devices/lifescan"
	"xiangyi/devices/masimo"
	"xiangyi/devices/monitor"
	"xiangyi/devices/nonin"
	"xiangyi/devices/omron"
	"xiangyi/devices/pulsewave"
	"xiangyi/devices/scale"
	"xiangyi/devices/sim"
	"xiangyi/devices/suntech"
	"xiangyi/devices/taidoc"
	"xiangyi/devices/visomat"
)

// Simulated are the instruments that can be played, by their protocol.
var Simulated = map[string]sim.Instrument{
	contec.V7.Name: contec.Simulated7, contec.V4.Name: contec.Simulated4, berry.BCI.Name: berry.Simulated, nonin.OEM3.Name: nonin.Simulated,
	masimo.ASCII1.Name: masimo.Simulated, pulsewave.RBP.Name: pulsewave.Simulated, suntech.NIBP.Name: suntech.Simulated, omron.HBP9030.Name: omron.Simulated,
	aandd.UA767.Name: aandd.Simulated, visomat.DS2200.Name: visomat.Simulated, datascope.Accutorr3.Name: datascope.Simulated, beurer.Records.Name: beurer.Simulated,
	taidoc.Protocol51.Name: taidoc.Simulated, lifescan.Verio.Name: lifescan.Simulated, astm.E1381.Name: astm.Simulated,
	scale.ST.Name: scale.SimulatedST, scale.SICS.Name: scale.SimulatedSICS, monitor.ORU.Name: monitor.Simulated,
}
