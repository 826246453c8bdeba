package e2e

import "testing"

func villagers(t *testing.T, w *world)     {}
func screens(t *testing.T, w *world)       {}
func villageDoctor(t *testing.T, w *world) {}
func countyStaff(t *testing.T, w *world)   {}
func mishaps(t *testing.T, w *world)       {}
