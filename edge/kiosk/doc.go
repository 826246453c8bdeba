// Package kiosk is the patient's touch screen: the pages of the kiosk channel,
// the card reader, and who stands there now. A card laid down signs in, a card
// taken away signs out; the doctor can open the screen for somebody, and a
// session that nobody touches ends by itself. One screen, one person.
package kiosk
