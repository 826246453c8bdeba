package web

import "embed"

// Screens holds the host's own pages: home, refusal. Its words are in
// words/en.json.
//
//go:embed templates words
var Screens embed.FS
