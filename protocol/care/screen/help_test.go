package screen_test

import (
	"io/fs"
	"testing/fstest"

	"xiangyi/protocol/care/screen/gallery"
)

func samplesNamed(name string) []gallery.Sample {
	for _, s := range gallery.Samples() {
		if s.Name == name {
			return []gallery.Sample{s}
		}
	}
	return nil
}

func mapFS(html string) fs.FS { return fstest.MapFS{"t.html": {Data: []byte(html)}} }
