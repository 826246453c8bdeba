package stand

import (
	"context"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/card"
)

// reader is the identity card reader of a station, with the doors that package card describes.
func reader(ctx context.Context, c county.ReaderConfig) error {
	r, err := card.Open(card.Options{Addr: string(c.Addr), Admin: string(c.Admin)})
	if err != nil {
		return err
	}
	defer r.Close()
	<-ctx.Done()
	return nil
}
