// Package identity knows who people are: residents, members of staff, how they
// sign in, what they agreed to, who may act for a child, and who rings for the
// village doctor.
//
// Three lines run through it. Whoever stands at a screen is established by a
// host, never by a form: the actions that make somebody known (card, signin,
// open-kiosk) take only the System role, and door.go holds the few calls that
// hosts make. A person is the same at every station, because the identifier
// is computed from the document, so two stations that register somebody apart
// meet in one record. And consent is asked for one purpose at a time, and taken
// back with the same one touch.
//
// It does not know what people come for: bookings, readings and reports belong
// to other services, and no link between services is made here.
package identity
