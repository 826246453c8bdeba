// Package story plays the story of one village by itself: a card on a reader, a cuff on an arm, a cut line, a slot
// booked in the dark, two power cuts, a lost acknowledgement, two lab reports on paper, and at the end everything equal
// everywhere.
//
// Who acts is an outsider: browsers that read forms out of pages, an instrument that speaks MQTT, a hospital that speaks
// HL7, and a hand at the plug. Nothing of the product is imported; what is known of it is what stands on its pages, what
// its printers print, what the hospital heard, and what its operators' doors say.
//
// The first step that fails ends the story.
package story
