package stand

import (
	"context"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/paper"
)

// printers are both printers of a station, with the doors that package paper describes.
func printers(ctx context.Context, c county.PaperConfig) error {
	p, err := paper.Open(paper.Options{Slip: string(c.Slips), Page: string(c.Pages), Admin: string(c.Admin), Dir: c.Dir})
	if err != nil {
		return err
	}
	defer p.Close()
	<-ctx.Done()
	return nil
}
