// Package intake turns what instruments publish into actions. It is a durable
// MQTT subscriber of the building's broker: a message is acknowledged to the
// broker only after its action is committed, so a reading that got a PUBACK
// survives a kill of the station, and comes again until it is in the journal.
// A repeat has the same boot and sequence number and is one reading.
//
// It knows topics and payloads; what a reading means is exam's business.
//
// # Topics (MQTT 3.1.1)
//
// Levels are [A-Za-z0-9_-]{1,64}. {session} is the kiosk's measuring session
// or "-". User name and first client level are the device's name.
//
//	xiangyi/v1/{site}/{device}/birth             retained, QoS 1
//	  {"boot":17,"model":"RBP-9000","serial":"S1","fw":"1.2","codes":["8480-6"],"interval":5,"clock":"2030-01-07T08:00:00+08:00"}
//	xiangyi/v1/{site}/{device}/status            retained, QoS 1; also the last will
//	  {"online":true,"boot":17}
//	xiangyi/v1/{site}/{device}/hb                QoS 0, every 15 s
//	  {"seq":4,"ts":"2030-01-07T08:00:15+08:00","uptime":60,"err":[]}
//	xiangyi/v1/{site}/{device}/vitals/{session}  QoS 1, never retained
//	  {"boot":17,"seq":5,"deviceTime":"2030-01-07T08:00:14+08:00",
//	   "readings":[{"code":"8480-6","value":128,"unit":"mm[Hg]"}]}
//	xiangyi/v1/{site}/{device}/ack/{seq}         from the station: committed
//
// A boot number grows with each start of the device; seq grows within a boot.
// One message is one spot check. Codes are LOINC, units UCUM; values keep their
// digits. A device whose session is "-" is bound to whoever pressed start at
// its terminal, else the reading waits for the doctor to assign it.
package intake
