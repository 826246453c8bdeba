// Package outsider acts as strangers to the product do: a browser without script that reads forms out of pages, and a
// client of small JSON doors. It knows HTTP and HTML, and nothing of what the pages are about: a form is found by where
// it leads, a link by what it says, so that a page may be reworded and moved without anybody here noticing.
package outsider
