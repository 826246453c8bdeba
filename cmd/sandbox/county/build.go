package county

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module finds the directory of the module that the working directory lies in: the sandbox is run from its source.
func Module(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	mod := strings.TrimSpace(string(out))
	if err != nil || mod == "" || mod == os.DevNull {
		return "", fmt.Errorf("find module: run the sandbox inside its source tree, or give --bin (%w)", err)
	}
	return filepath.Dir(mod), nil
}

// Build builds the programs station and cloud into a directory.
func Build(ctx context.Context, module, bin string) error {
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator), "./cmd/station", "./cmd/cloud")
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}
