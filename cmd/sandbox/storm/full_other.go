//go:build !linux

package storm

import "errors"

func full(int) error { return errors.New("fill the disk: only Linux can limit another process") }
