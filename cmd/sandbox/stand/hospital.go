package stand

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/hospital"
)

// clinic is the county hospital, with the doors that package hospital describes. It keeps every slot that the county
// names: whose doctors see whom is the county's plan here.
func clinic(ctx context.Context, c county.HospitalConfig) error {
	h, err := hospital.Open(hospital.Options{
		Addr: string(c.Addr), Admin: string(c.Admin), File: c.File, Adopt: true, County: whoever(c.County),
	})
	if err != nil {
		return err
	}
	defer h.Close()
	<-ctx.Done()
	return nil
}

// whoever finds an address that somebody answers at, another one at every try: only the node that leads takes messages,
// and a hospital does not know which one that is.
func whoever(county []county.Address) func() string {
	var turn atomic.Uint32
	return func() string {
		first := int(turn.Add(1))
		for i := range county {
			addr := string(county[(first+i)%len(county)])
			conn, err := net.DialTimeout("tcp", addr, time.Second)
			if err != nil {
				continue
			}
			_ = conn.Close()
			return addr
		}
		return ""
	}
}
