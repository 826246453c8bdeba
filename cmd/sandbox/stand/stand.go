// Package stand runs one stand-in of the sandbox as a process of its own: a telephone line, printers, a card reader, an
// instrument or the hospital, with the door by which the control page steers it. It knows the stand-ins; what they do is
// theirs, and nothing here knows the product.
package stand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"xiangyi/cmd/sandbox/county"
)

// Main runs the stand-in of a role by the configuration in a file until the context ends.
func Main(ctx context.Context, role county.Role, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("stand-in %s: %w", role, err)
	}
	roles := map[county.Role]func(context.Context, []byte) error{
		county.RoleLine:       with(telephone),
		county.RolePaper:      with(printers),
		county.RoleReader:     with(reader),
		county.RoleInstrument: with(instrument),
		county.RoleHospital:   with(clinic),
	}
	run, ok := roles[role]
	if !ok {
		return fmt.Errorf("there is no stand-in %q", role)
	}
	if err := run(ctx, b); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stand-in %s: %w", role, err)
	}
	return nil
}

// with reads the configuration that a role wants.
func with[C any](run func(context.Context, C) error) func(context.Context, []byte) error {
	return func(ctx context.Context, b []byte) error {
		var c C
		if err := json.Unmarshal(b, &c); err != nil {
			return fmt.Errorf("read configuration: %w", err)
		}
		return run(ctx, c)
	}
}
