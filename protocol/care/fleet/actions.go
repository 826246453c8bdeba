package fleet

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/release"
)

// Names of the actions that hosts run or follow.
const (
	Publish protocol.ActionName = "fleet.publish"
	Report  protocol.ActionName = "fleet.report"
)

var (
	operators = []care.Role{care.Operator}
	published = []protocol.Scope{protocol.CatalogueScope}
)

func step(name protocol.ActionName, title string) care.Action {
	return care.Action{Name: name, Title: title, Roles: operators, Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty}
}

// Published is the input of fleet.publish: the host keeps the package's bytes and fills in
// both.
type Published struct {
	Package care.Blob `json:"package"`
	Head    string    `json:"head"` // of the package, base64
}

// publish lists a package whose bytes the county holds.
func publish() care.Action {
	return care.Do(step(Publish, "发布新版本"), func(d *care.Deed, in Published) error {
		if err := in.Package.Check("package"); err != nil {
			return protocol.Refuse("no-package", "请选择升级包文件").OnField("package")
		}
		raw, err := base64.StdEncoding.DecodeString(in.Head)
		if err != nil {
			return errNoPackage()
		}
		h, _, err := release.ParseHead(raw)
		if err != nil {
			return errNoPackage()
		}
		if err := h.Signer.GoodAt(d.Now()); err != nil {
			return protocol.Refuse("signer", "签名证书已过期或还没有生效，请用有效的证书重新签名").OnField("package")
		}
		there, err := care.Exists(d, releaseRef(h.About.Version))
		if err != nil {
			return err
		}
		if there {
			return protocol.Refuse("same-version", "这个版本号已经发布过，改过的程序要用新的版本号").OnField("package")
		}
		_, err = care.Write(d, protocol.Draft{Ref: releaseRef(h.About.Version), Scopes: published}, &Release{
			Version: h.About.Version, After: h.About.After, Target: h.About.Target, Size: h.About.Size, Signer: h.Signer.Subject(),
			Head: in.Head, Blob: in.Package, By: d.Actor.ID, At: d.Now()})
		return err
	})
}

func errNoPackage() error {
	return protocol.Refuse("not-a-package", "这个文件不是完好的升级包，请用 xyctl update pack 重新打包").OnField("package")
}

// Plan is the input of fleet.start.
type Plan struct {
	Version release.Version `json:"version"`
	Sites   string          `json:"sites,omitempty"`  // of the first wave: "v01 v02"; none: it is a share as well
	Shares  string          `json:"shares,omitempty"` // of the waves after: "10 50 100"
}

// waves reads the plan.
func (in *Plan) waves() ([]Wave, error) {
	var out []Wave
	split := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,，、;；\t\r\n", r) })
	}
	var first Wave
	for _, name := range split(in.Sites) {
		if !protocol.Site(name).Valid() {
			return nil, protocol.Refuse("bad-sites", "站点编号写错了，例如 v01 v02").OnField("sites")
		}
		first.Sites = append(first.Sites, protocol.Site(name))
	}
	if len(first.Sites) > 0 {
		out = append(out, first)
	}
	before := 0
	for _, text := range split(in.Shares) {
		n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
		if err != nil || n <= before || n > 100 {
			return nil, protocol.Refuse("bad-shares", "比例要从小到大，例如 10 50 100").OnField("shares")
		}
		out, before = append(out, Wave{Share: n}), n
	}
	if len(out) == 0 || len(out) > 10 {
		return nil, protocol.Refuse("no-waves", "请写明先升级哪些站点，或分几批、每批到百分之几").OnField("sites")
	}
	return out, nil
}

// start begins a rollout with its first wave. One goes on at a time.
func start() care.Action {
	return care.Do(step("fleet.start", "开始分批升级"), func(d *care.Deed, in Plan) error {
		waves, err := in.waves()
		if err != nil {
			return err
		}
		if in.Version.Check() != nil {
			return errNoRelease()
		}
		there, err := care.Exists(d, releaseRef(in.Version))
		if err != nil {
			return err
		}
		if !there {
			return errNoRelease()
		}
		for _, s := range []State{Running, Paused} {
			open, err := care.Collect[Rollout](d, protocol.Query{Kind: KindRollout, Index: "state", Match: []string{string(s)}, Limit: mostRollouts})
			if err != nil {
				return err
			}
			for i := range open {
				if v := &open[i].Value; v.Version == in.Version || v.Open < len(v.Waves) {
					return protocol.Refuse("one-at-a-time", "还有一次分批升级没有结束，请先完成或停止它").Offer("/fleet")
				}
			}
		}
		_, err = care.Write(d, protocol.Draft{Ref: rolloutRef(d.NewID()), Scopes: published}, &Rollout{
			Version: in.Version, Waves: waves, Open: 1, State: Running, By: d.Actor.ID, Begun: d.Now(), At: d.Now()})
		return err
	})
}

func errNoRelease() error {
	return protocol.Refuse("no-release", "没有这个版本，请先发布升级包").OnField("version").Offer("/fleet")
}

// Which is the input of the steps of a rollout.
type Which struct {
	Rollout care.ID `json:"rollout"`
}

// change makes a step of a rollout that stands in a state.
func change(name protocol.ActionName, title string, from []State, do func(*Rollout) error) care.Action {
	return care.Do(step(name, title), func(d *care.Deed, in Which) error {
		if !in.Rollout.Valid() {
			return protocol.Refuse("not-found", "没有找到这次升级，请刷新后再看").Offer("/fleet")
		}
		there, err := care.Exists(d, rolloutRef(in.Rollout))
		if err != nil {
			return err
		}
		if !there {
			return protocol.Refuse("not-found", "没有找到这次升级，请刷新后再看").Offer("/fleet")
		}
		v, _, err := care.Read[Rollout](d, rolloutRef(in.Rollout))
		if err != nil {
			return err
		}
		if !slices.Contains(from, v.State) {
			return protocol.Refuse("wrong-state", "这次升级现在不能这样做，请刷新后再看").Offer("/fleet")
		}
		if err := do(&v); err != nil {
			return err
		}
		v.By, v.At = d.Actor.ID, d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: rolloutRef(in.Rollout), Scopes: published}, &v)
		return err
	})
}

func next() care.Action {
	return change("fleet.next", "开始下一批", []State{Running}, func(r *Rollout) error {
		if r.Open >= len(r.Waves) {
			return protocol.Refuse("no-more-waves", "已经是最后一批").Offer("/fleet")
		}
		r.Open++
		return nil
	})
}

func pause() care.Action {
	return change("fleet.pause", "暂停升级", []State{Running}, func(r *Rollout) error { r.State = Paused; return nil })
}

func resume() care.Action {
	return change("fleet.resume", "继续升级", []State{Paused}, func(r *Rollout) error { r.State, r.Reason = Running, ""; return nil })
}

// Trouble is the input of fleet.halt.
type Trouble struct {
	Rollout care.ID       `json:"rollout"`
	Site    protocol.Site `json:"site"`
}

// halt pauses a rollout by itself when a station went back: no more of them shall meet
// the same fault before a person looked.
func halt() care.Action {
	a := step("fleet.halt", "有站点升级失败，自动暂停")
	a.Roles = []care.Role{care.System}
	return care.Do(a, func(d *care.Deed, in Trouble) error {
		v, _, err := care.Read[Rollout](d, rolloutRef(in.Rollout))
		if err != nil {
			return err
		}
		if v.State != Running {
			return protocol.Refuse("wrong-state", "这次升级现在不能这样做，请刷新后再看").Offer("/fleet")
		}
		v.State, v.Reason, v.By, v.At = Paused, string(in.Site), d.Actor.ID, d.Now()
		_, err = care.Write(d, protocol.Draft{Ref: rolloutRef(in.Rollout), Scopes: published}, &v)
		return err
	})
}

// wentBack asks for halt when a station reports that it went back.
func wentBack() care.Reaction {
	return care.Reaction{Name: "fleet-halt", Place: care.InCounty, On: []protocol.ActionName{Report}, Do: func(r protocol.Reader, c protocol.Change) ([]care.Request, error) {
		for _, w := range c.Writes {
			var s Software
			if w.Ref.Kind != KindSoftware || protocol.Decode(w.Value, &s) != nil || s.Step != RolledBack {
				continue
			}
			o, ordered, err := OrderFor(r, s.Site)
			if err != nil || !ordered || o.Paused || o.Release.Version != s.Wanted {
				return nil, err
			}
			in, err := protocol.Encode(Trouble{o.Rollout, s.Site})
			return []care.Request{{Actor: care.Machine("fleet"), Name: "fleet.halt", Input: in}}, err
		}
		return nil, nil
	}}
}

func stop() care.Action {
	return change("fleet.stop", "停止升级", []State{Running, Paused}, func(r *Rollout) error { r.State = Stopped; return nil })
}

// Said is the input of fleet.report.
type Said struct {
	Version release.Version `json:"version"`
	Since   time.Time       `json:"since,omitzero"`
	Wanted  release.Version `json:"wanted,omitempty"`
	Step    Step            `json:"step"`
	Percent int             `json:"percent,omitzero"`
	Reason  string          `json:"reason,omitempty"`
}

// Check implements care.Checked.
func (in Said) Check() error {
	known := slices.Contains([]Step{Level, Waiting, Fetching, Installed, Trying, RolledBack, Refused}, in.Step)
	if in.Version.Check() != nil || in.Wanted != "" && in.Wanted.Check() != nil || !known || in.Percent < 0 || in.Percent > 100 {
		return protocol.Refuse("bad-report", "这一条的内容不完整")
	}
	return nil
}

// report is run by a station when what it runs, or how far it came, changed.
func report() care.Action {
	return care.Do(care.Action{
		Name: Report, Title: "本站程序版本", Roles: []care.Role{care.System}, Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Said) error {
		_, err := care.Write(d, protocol.Draft{Ref: SoftwareRef(d.Site())}, &Software{Site: d.Site(), Version: in.Version, Since: in.Since,
			Wanted: in.Wanted, Step: in.Step, Percent: in.Percent, Reason: in.Reason, At: d.Now()})
		return err
	})
}
