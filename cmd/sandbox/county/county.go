package county

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say where a county lives.
type Options struct {
	Dir  string // its directory, made when missing
	Keep bool   // go on with the county that is there, if one is
	Self string // the sandbox's own program, for the stand-ins
	Bin  string // where the programs station and cloud are
}

// ControlPort is the port of the control page where it is free.
const ControlPort = 8700

// County is a county whose processes can be started. It is safe for concurrent use.
type County struct {
	Plan Plan
	Dir  string

	lock      *os.File
	spawn     *spawner
	processes []*Process
	once      sync.Once
	err       error
}

// Open makes a county ready: a plan, certificates, configurations. No process runs yet.
func Open(o Options) (_ *County, err error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open county: %w", err)
	}
	c := &County{Dir: dir}
	if c.lock, err = claim(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = c.lock.Close()
		}
	}()
	if err := c.prepare(o.Keep); err != nil {
		return nil, err
	}
	c.spawn = newSpawner()
	for _, s := range c.Plan.specs(dir, o) {
		c.processes = append(c.processes, newProcess(s, c.spawn))
	}
	return c, nil
}

// errForeign protects what is not a sandbox's from being wiped.
var errForeign = errors.New("the directory holds something that is no sandbox county; choose an empty one with --dir")

// claim makes the directory if need be and locks it.
func claim(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open county: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open county: %w", err)
	}
	ours := func(name string) bool {
		return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name })
	}
	if len(entries) > 0 && !ours("lock") && !ours("bin") {
		return nil, fmt.Errorf("%s: %w", dir, errForeign)
	}
	return lock(dir)
}

// prepare takes up the old plan, or wipes what is there and makes a new one.
func (c *County) prepare(keep bool) error {
	old, there, err := loadPlan(c.Dir)
	if err != nil && keep {
		return err
	}
	if keep && there {
		c.Plan = old
		return c.Plan.checkFree()
	}
	if err := wipe(c.Dir); err != nil {
		return err
	}
	p := newPorts()
	var drawn error
	secret := func() string {
		s, err := randomHex(rand.Reader, 16)
		drawn = errors.Join(drawn, err)
		return s
	}
	control := p.prefer(ControlPort)
	c.Plan = newPlan(p.free, secret)
	c.Plan.Control = control
	if err := errors.Join(p.err, drawn); err != nil {
		return fmt.Errorf("plan county: %w", err)
	}
	for _, sub := range []string{"logs", "printed", "sms"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, sub), 0o700); err != nil {
			return fmt.Errorf("plan county: %w", err)
		}
	}
	if err := c.Plan.writeConfigs(c.Dir, time.Now()); err != nil {
		return err
	}
	return c.Plan.save(c.Dir) // last: a county whose making was cut short is not taken up again
}

// wipe empties the directory but for the lock that is held and the programs.
func wipe(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("wipe county: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "lock" || e.Name() == "bin" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("wipe county: %w", err)
		}
	}
	return nil
}

// specs lists the processes in the order of starting: what others lean on comes first.
func (p *Plan) specs(dir string, o Options) []Spec {
	var out []Spec
	add := func(name Name, sort Sort, site Name, title, path string, args ...string) {
		out = append(out, Spec{Name: name, Sort: sort, Site: site, Title: title, Path: path, Args: args,
			Log: filepath.Join(dir, "logs", string(name)+".log")})
	}
	peer := func(role Role, name, site Name, title string) {
		add(name, SortPeer, site, title, o.Self, "peer", string(role), configPath(dir, name))
	}
	for _, n := range p.Nodes {
		add(n.ID, SortNode, "", "县平台节点", filepath.Join(o.Bin, "cloud"), "-config", configPath(dir, n.ID))
	}
	peer(RoleHospital, "hospital", "", "县医院系统")
	for _, s := range p.Stations {
		peer(RoleLine, s.Process("line"), s.Site, "线路")
		peer(RolePaper, s.Process("paper"), s.Site, "打印机")
		peer(RoleReader, s.Process("card"), s.Site, "读卡器")
		add(s.Site, SortStation, s.Site, s.Title, filepath.Join(o.Bin, "station"), "-config", configPath(dir, s.Site))
		for _, t := range s.Tools {
			peer(RoleInstrument, s.Process(t.Device), s.Site, t.Title)
		}
	}
	return out
}

// Start starts every process.
func (c *County) Start() error {
	for _, p := range c.processes {
		if err := p.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Processes lists the processes in the order of starting.
func (c *County) Processes() []*Process { return c.processes }

// Process finds a process by its name, nil when there is none.
func (c *County) Process(name Name) *Process {
	for _, p := range c.processes {
		if p.spec.Name == name {
			return p
		}
	}
	return nil
}

// Ready waits until every node and station says that it is ready. While it waits it tells who is not.
func (c *County) Ready(ctx context.Context, still func(waiting []Name)) error {
	for {
		waiting := c.unready(ctx)
		if len(waiting) == 0 {
			return nil
		}
		still(waiting)
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %v: %w%s", waiting, ctx.Err(), c.lastWords(waiting))
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// lastWords are the last complaints of processes, for whoever has to find out what is wrong.
func (c *County) lastWords(names []Name) string {
	var b strings.Builder
	for _, n := range names {
		p := c.Process(n)
		fmt.Fprintf(&b, "\n%s (started %d times): %s\n   all of it in %s", n, p.State().Starts, complaint(p.spec.Log), p.spec.Log)
	}
	return b.String()
}

// complaint is the last error in a log, or its last line when there is none.
func complaint(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, l := range slices.Backward(lines) {
		if strings.Contains(l, "level=ERROR") {
			return l
		}
	}
	return lines[len(lines)-1]
}

func (c *County) unready(ctx context.Context) []Name {
	doors := map[Name]Address{}
	for _, n := range c.Plan.Nodes {
		doors[n.ID] = n.Ops
	}
	for _, s := range c.Plan.Stations {
		doors[s.Site] = s.Ops
	}
	var out []Name
	for name, door := range doors {
		if !ready(ctx, door) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func ready(ctx context.Context, ops Address) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+string(ops)+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stopTime is how long a process has to end in order.
const stopTime = 8 * time.Second

// Close stops every process, in order where they listen and by force where they do not, and waits. It may be called
// twice.
func (c *County) Close() error {
	c.once.Do(func() {
		var wg sync.WaitGroup
		errs := make([]error, len(c.processes))
		for i, p := range c.processes {
			wg.Go(func() { errs[i] = p.Stop(stopTime) })
		}
		wg.Wait()
		c.spawn.close()
		c.err = errors.Join(errors.Join(errs...), c.lock.Close())
	})
	return c.err
}
