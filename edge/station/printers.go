package station

import (
	"fmt"

	"xiangyi/devices/printer/ipp"
	"xiangyi/devices/printer/raw9100"
	"xiangyi/edge/printing"
)

// openPrinting joins the printers that the station has. It connects to none.
func (s *Station) openPrinting() (*printing.Printing, error) {
	c := printing.Config{Site: s.Site, Engine: s.engine, Store: s.store, Log: s.Log, Address: s.Check}
	if s.Slips != "" {
		c.Slips = raw9100.New(raw9100.Options{Addr: s.Slips})
	}
	if s.Pages != "" {
		pages, err := ipp.New(ipp.Options{URL: s.Pages})
		if err != nil {
			return nil, fmt.Errorf("page printer: %w", err)
		}
		c.Pages = pages
	}
	return printing.New(c), nil
}
