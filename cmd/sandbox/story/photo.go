package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"

	"xiangyi/cmd/sandbox/outsider"
)

const (
	photoWaits = "照片在站里，等待上传"
	photoHeld  = "县中心已存好照片"
)

// takePhoto has A's village doctor keep a photo in the villager's record while the line is cut.
func takePhoto(ctx context.Context, t *tale) (string, error) {
	if err := t.enterAt(ctx, t.atDesk, string(t.a.Desk), "doctor1"); err != nil {
		return "", err
	}
	p, err := t.atDesk.Open(ctx, "/media/person/"+t.person(villager))
	if err == nil {
		err = p.OK()
	}
	if err != nil {
		return "", err
	}
	f, err := p.Form("/do/media.add")
	if err != nil {
		return "", err
	}
	if p, err = t.atDesk.SubmitFile(ctx, f, map[string]string{"sort": "wound", "words": "左小腿，两厘米"}, "photo", []byte("not a photo")); err != nil {
		return "", err
	}
	if p.Status < 400 || p.Status >= 500 {
		return "", fmt.Errorf("a file that is no photo is answered with %d: %s", p.Status, p.Short())
	}
	raw, err := photo()
	if err != nil {
		return "", err
	}
	if p, err = t.atDesk.SubmitFile(ctx, f, map[string]string{"sort": "wound", "words": "左小腿，两厘米"}, "photo", raw); err != nil {
		return "", err
	}
	id, ok := strings.CutPrefix(p.URL.Path, "/media/item/")
	if !ok || !p.Says(photoWaits) {
		return "", fmt.Errorf("the photo is not kept: %s: %s", p.URL.Path, p.Short())
	}
	t.photo = id
	if t.photoBytes, err = t.photoAt(ctx, t.atDesk, string(t.a.Desk)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d KB are kept at A; a file that is no photo was refused", len(t.photoBytes)>>10), nil
}

// photo is what a telephone would send: too large for a line, and never the same pattern twice in a row.
func photo() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 1800, 1200))
	noise := uint32(1)
	for y := range 1200 {
		for x := range 1800 {
			noise = noise*1664525 + 1013904223
			m.SetRGBA(x, y, color.RGBA{uint8(x / 8), uint8(y / 5), uint8(noise >> 28 << 2), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90})
	return b.Bytes(), err
}

func (t *tale) photoAt(ctx context.Context, b *outsider.Browser, addr string) ([]byte, error) {
	status, sort, data, err := b.Bytes(ctx, "http://"+addr+"/media/picture/"+t.photo)
	switch {
	case err != nil:
		return nil, err
	case status != 200 || sort != "image/jpeg":
		return nil, fmt.Errorf("%w: %d, %s", errNoPhoto, status, sort)
	}
	return data, nil
}

var errNoPhoto = errors.New("the photo is not shown")

// photoHeldEverywhere waits until A's page says that the county has the photo, and gets the same bytes from every node.
func photoHeldEverywhere(ctx context.Context, t *tale) (string, error) {
	err := until(ctx, soon, func() (string, error) {
		p, err := t.atDesk.Open(ctx, "/media/item/"+t.photo)
		if err != nil {
			return "", err
		}
		if !p.Says(photoHeld) {
			return "A's page says: " + p.Short(), nil
		}
		return "", nil
	})
	if err != nil {
		return "", err
	}
	for _, n := range t.county.Plan.Nodes {
		b, err := outsider.NewBrowser(string(n.Portal))
		if err != nil {
			return "", err
		}
		err = t.photoOn(ctx, b, string(n.Portal))
		b.Close()
		if err != nil {
			return "", fmt.Errorf("node %s: %w", n.ID, err)
		}
	}
	return fmt.Sprintf("the same %d KB on %d nodes", len(t.photoBytes)>>10, len(t.county.Plan.Nodes)), nil
}

func (t *tale) photoOn(ctx context.Context, b *outsider.Browser, portal string) error {
	if err := t.enterAt(ctx, b, portal, "county1"); err != nil {
		return err
	}
	return until(ctx, soon, func() (string, error) {
		data, err := t.photoAt(ctx, b, portal)
		if errors.Is(err, errNoPhoto) {
			return err.Error(), nil
		}
		if err == nil && !bytes.Equal(data, t.photoBytes) {
			err = fmt.Errorf("%w: other bytes", errNoPhoto)
		}
		return "", err
	})
}
