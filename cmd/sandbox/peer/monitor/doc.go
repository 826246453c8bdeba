// Package monitor is a simulated vital-signs monitor: it stands in a village station, measures invented people, and
// publishes what it measured by MQTT 3.1.1, spoken by its own small client straight over a TCP connection.
//
// It is an outsider: it shares no code with the product and no MQTT library with anybody. It knows no person: a session
// name, if the station gave one, is all that ties a measurement to somebody.
//
// Topics, under xiangyi/v1/{site}/{device}; a level is 1–64 of A–Z a–z 0–9 _ and -:
//
//	birth              retained, QoS 1   {"boot","model","serial","fw","codes":[…],"interval","clock"}
//	status             retained, QoS 1   {"online":true,"boot","seq":0,"ts"}; the will is {"online":false,"boot","reason":"lwt"},
//	                                     an orderly Close leaves the same with reason "off"
//	hb                 QoS 0, every 15 s {"seq","ts","uptime","err":[]}
//	vitals/{session}   QoS 1             {"boot","seq","deviceTime","readings":[{"code","value","unit"}]}; session "-" when
//	                                     the monitor knows none
//
// User name and client id are the device, the password is the device's secret; sessions are clean. A measurement is sent
// again with DUP and the same packet identifier, over a new connection if need be, until its PUBACK came: boot and seq
// tell a repeat from a second measurement. Numbers keep the digits that the instrument showed: 36.60 is not 36.6.
package monitor
