// Package e2e looks at a whole county through a real browser. Every page of every channel is opened, judged by axe and
// measured in millimetres; the journeys of villagers, of the village doctor and of the county's staff are gone through
// with a mouse that cannot press what is covered, once with scripts and once without.
//
// One county of real processes and one browser serve all of it. What is known of the product is the roster of pages and
// what stands on them: who acts here presses words and follows links, as people do.
//
// Without Chromium the tests are skipped, or fail where REQUIRE_BROWSER is 1. E2E_SHOTS names a directory for pictures
// of what the windows showed, for a person to look at.
package e2e
