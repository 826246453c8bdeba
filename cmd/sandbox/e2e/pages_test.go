package e2e

import "testing"

func everyPage(t *testing.T, w *world) {}
