// Package report is the service of reports that a hospital issues: lab,
// imaging and physical examinations. A connector hands them in; people read,
// print and save them; anyone who holds a paper can check it.
//
// A person sees a report only when it is final and a doctor of the hospital
// reviewed it. Where it holds a critical value, a doctor hears of it first and
// the person sees it once that doctor has dealt with it. Versions are kept: a
// corrected report says so, and while the hospital corrects one the last
// version that was released stays in sight.
//
// A report whose person is not known here, or whose name does not fit, is held
// for people to match. It is attached when the person registers.
//
// Only the county writes reports. What happens to them elsewhere (a print, a
// first look, a doctor's call about a critical value) is a record of its own,
// so that two places never change one report.
//
// It does not know HL7 (cloud/connect), printers (edge/printing) or PDF
// (protocol/host/pdf): it hands out a Paper, which is texts.
package report
