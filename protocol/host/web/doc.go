// Package web serves the pages of a roster to people: one Host for each
// channel. It turns requests into views and actions, and what they answer into
// bytes; it keeps sessions, language and mode, and pushes what changed to pages
// that stand open. It does not know any service: paths, forms and templates
// come from the roster, the look from care/screen.
//
// A GET runs a view and renders its template into a buffer before the first
// byte leaves. A POST to /do/<action> runs an action and answers 303; when it
// is refused, the page that held the form is shown again with the reason, 422.
package web
