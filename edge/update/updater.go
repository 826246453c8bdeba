package update

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// ErrRestart ends a station that is to come up as another version.
var ErrRestart = errors.New("the station ends, and begins again as another version")

// Updater brings the version that the county wants to a running station. Fields are set
// before Run.
type Updater struct {
	Home    *Home
	Running release.Version
	Target  string
	Anchors []seal.Certificate // authorities whose signers may make updates
	Order   func(context.Context) (fleet.Order, bool, error)
	// Percent is how much of a package is here; Read gives a whole one.
	Percent func(ref string) int
	Read    func(ref string) ([]byte, error)
	Busy    func(context.Context) (bool, error) // somebody is being served, or paper is on its way
	Report  func(context.Context, fleet.Said) error
	Pause   func(context.Context) error // until it is time to look again
	Now     func() time.Time
	Log     *slog.Logger

	mu       sync.Mutex
	wanted   string // ref of a package to fetch
	said     fleet.Said
	patience time.Time // until when a quiet moment is waited for; zero: nothing is installed
	asked    care.ID   // whose order patience is of
}

// Wanted is the package to be fetched, or "". It may be called while Run runs.
func (u *Updater) Wanted() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.wanted
}

// Run looks what is wanted until the context ends. ErrRestart: the station must end now.
func (u *Updater) Run(ctx context.Context) error {
	for {
		err := u.round(ctx)
		if errors.Is(err, ErrRestart) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			u.Log.Warn("an update will be tried again", "err", err)
		}
		if err := u.Pause(ctx); err != nil {
			return err
		}
	}
}

func (u *Updater) round(ctx context.Context) error {
	order, ordered, err := u.Order(ctx)
	if err != nil {
		return err
	}
	state, err := u.Home.State()
	if err != nil {
		return err
	}
	said := fleet.Said{Version: u.Running, Step: fleet.Level}
	if state.Good == u.Running {
		said.Since = state.Since
	}
	if state.Trial != nil && state.Trial.Version == u.Running {
		said.Step, said.Wanted = fleet.Trying, u.Running
	}
	fetch := ""
	if ordered && order.Release.Version != u.Running {
		said.Wanted = order.Release.Version
		if err := u.judge(&order, &state, &said); err != nil {
			return err
		}
		if said.Step == fleet.Fetching {
			fetch = order.Release.Blob.Ref
		}
	}
	u.mu.Lock()
	u.wanted = fetch
	u.mu.Unlock()
	if said != u.said {
		if err := u.Report(ctx, said); err != nil {
			return err
		}
		u.said = said
	}
	if said.Step != fleet.Installed {
		u.patience = time.Time{}
		return nil
	}
	return u.change(ctx, &order)
}

// judge says how far the station is with what it should run, and installs what has come.
func (u *Updater) judge(o *fleet.Order, state *State, said *fleet.Said) error {
	if f, failed := state.Failed[o.Release.Version]; failed && f.Order == o.Rollout {
		said.Step, said.Reason = fleet.RolledBack, reasons[f.Reason]
		return nil
	}
	if why := u.objection(&o.Release); why != "" {
		said.Step, said.Reason = fleet.Refused, why
		return nil
	}
	if o.Paused {
		said.Step = fleet.Waiting
		return nil
	}
	// What was found whole is not read again at every look; the supervisor checks it once
	// more before it starts it.
	if u.said.Step == fleet.Installed && u.said.Wanted == o.Release.Version || u.Home.Check(o.Release.Version) == nil {
		said.Step = fleet.Installed
		return nil
	}
	if err := u.Home.Room(o.Release.Size + o.Release.Blob.Size); errors.Is(err, protocol.ErrSpace) {
		said.Step, said.Reason = fleet.Refused, "站里磁盘空间不够，请清理后等它自动继续"
		return nil
	} else if err != nil {
		return err
	}
	if said.Percent = u.Percent(o.Release.Blob.Ref); said.Percent < 100 {
		said.Step, said.Percent = fleet.Fetching, said.Percent/10*10
		return nil
	}
	said.Percent = 0
	return u.install(o, said)
}

// install takes a package that came. What it holds must be what was judged before it came.
func (u *Updater) install(o *fleet.Order, said *fleet.Said) error {
	raw, err := u.Read(o.Release.Blob.Ref)
	if err != nil {
		return err
	}
	head, err := o.Release.HeadBytes()
	if err != nil || !bytes.HasPrefix(raw, head) {
		said.Step, said.Reason = fleet.Refused, reasons[Damaged]
		return nil
	}
	_, err = u.Home.Install(raw)
	switch {
	case errors.Is(err, protocol.ErrSpace):
		said.Step, said.Reason = fleet.Refused, "站里磁盘空间不够，请清理后等它自动继续"
	case errors.Is(err, release.ErrAltered), errors.Is(err, release.ErrCut):
		said.Step, said.Reason = fleet.Refused, reasons[Damaged]
	case err != nil:
		return err
	default:
		said.Step = fleet.Installed
	}
	return nil
}

// reasons in words for operators.
var reasons = map[Reason]string{
	Exited:    "新版本启动后自己退出了，请看站里的日志，改好后用新版本号再发",
	NotReady:  "新版本没有按时就绪，请看站里的日志，改好后用新版本号再发",
	Unhealthy: "新版本就绪后又停止服务，请看站里的日志，改好后用新版本号再发",
	Interrupt: "试运行时两次断电，请确认供电后重新开始升级",
	Damaged:   "升级包与签名不符，请重新打包发布",
}

// objection is why the station may not take a release, in words for operators; "" when it may.
func (u *Updater) objection(r *fleet.Release) string {
	raw, err := r.HeadBytes()
	if err != nil {
		return reasons[Damaged]
	}
	h, _, err := release.ParseHead(raw)
	if err == nil && h.About.Version != r.Version {
		err = release.ErrAltered
	}
	if err == nil {
		err = h.Trusted(u.Now(), u.Anchors...)
	}
	if err == nil {
		err = h.About.Follows(u.Running, u.Target)
	}
	if err == nil {
		return ""
	}
	u.Log.Warn("an update is refused", "version", string(r.Version), "err", err)
	for known, words := range map[error]string{
		release.ErrSigner:    "签名者不在本站信任的名单里，请由受信任的机构签名",
		release.ErrSignerNow: "签名证书已过期或还没有生效，请重新签名；也请核对本站时钟",
		release.ErrTarget:    "升级包不适用于这台机器，请换对应机型的升级包",
		release.ErrOlder:     "升级包不比现在的版本新，要退回旧程序请用新版本号打包",
		release.ErrSkew:      "跨了不止一个版本，请先升到中间的版本",
	} {
		if errors.Is(err, known) {
			return words
		}
	}
	return reasons[Damaged]
}

// change ends the station for the new version once nobody is being served.
func (u *Updater) change(ctx context.Context, o *fleet.Order) error {
	if u.patience.IsZero() || u.asked != o.Rollout {
		u.patience, u.asked = nightAfter(u.Now()), o.Rollout
	}
	busy, err := u.Busy(ctx)
	if err != nil {
		return err
	}
	if busy && u.Now().Before(u.patience) {
		return nil
	}
	if err := u.Home.Ask(Wish{o.Release.Version, o.Rollout}); err != nil {
		return err
	}
	return ErrRestart
}

// nightAfter is the first 04:00 that is at least a few hours away: whoever seems to be at the
// screen then has gone home without saying so.
func nightAfter(at time.Time) time.Time {
	t := at.In(care.Zone)
	night := time.Date(t.Year(), t.Month(), t.Day(), 4, 0, 0, 0, care.Zone)
	for night.Sub(at) < 4*time.Hour {
		night = night.AddDate(0, 0, 1)
	}
	return night
}
