package pdf

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"
)

var written = time.Date(2026, 11, 3, 10, 42, 0, 0, time.FixedZone("CST", 8*3600))

// tool runs one of poppler's programs on a document, over its standard streams.
func tool(t *testing.T, doc []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("REQUIRE_BROWSER") == "1" {
			t.Fatalf("%s is not installed (poppler-utils)", name)
		}
		t.Skipf("%s is not installed (poppler-utils)", name)
	}
	file := filepath.Join(t.TempDir(), "doc.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = file
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func bytesOf(t *testing.T, d *Doc) []byte {
	t.Helper()
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// labReport is a report of so many results.
func labReport(rows int) *Doc {
	d := New(Meta{
		Title: "检验报告单", Organisation: "清溪县人民医院", Number: "报告号 L20261103-0017", Created: written,
		Footer: "扫码或登录本站输入验证码，可核对真伪。", Code: "7K3M-9QXD", Watermark: "补打",
	})
	d.Facts([][2]string{{"姓名", "禤文龑"}, {"性别", "男"}, {"年龄", "67 岁"}, {"标本", "静脉血"}, {"科室", "内科"}, {"采样时间", "2026-11-03 08:10"}, {"临床诊断", "高血压病 2 级（高危）；2 型糖尿病，血糖控制不佳，待复查"}})
	d.Heading("生化全套")
	var table [][]string
	for i := range rows {
		flag := ""
		if i%7 == 2 {
			flag = "↑ 偏高"
		}
		table = append(table, []string{fmt.Sprint(i + 1), fmt.Sprintf("项目%02d 丙氨酸氨基转移酶", i+1), fmt.Sprintf("%d.60", 30+i), flag, "U/L", "9–50"})
	}
	d.Table([]Column{{Label: "序", Width: 1, Align: Right}, {Label: "项目", Width: 5}, {Label: "结果", Width: 2, Align: Right}, {Label: "提示", Width: 2, Flag: true}, {Label: "单位", Width: 2}, {Label: "参考范围", Width: 2.5}}, table)
	d.Text("说明：本报告只对所检标本负责。如有疑问，请在七日内到检验科查询。")
	d.Facts([][2]string{{"检验者", "陈医生"}, {"审核者", "林医生"}, {"审核时间", "2026-11-03 10:30"}})
	d.QR("https://check.example/r/7K3M9QXD", 28, "扫码核对这份报告", "验证码 7K3M-9QXD")
	return d
}

func TestALongReportRunsOverPagesWithItsHeaderAndNumbersOnEach(t *testing.T) {
	doc := bytesOf(t, labReport(50))
	info := tool(t, doc, "pdfinfo", "FILE")
	if !strings.Contains(info, "Pages:           2") || !strings.Contains(info, "A4") {
		t.Fatalf("want two A4 pages:\n%s", info)
	}
	text := tool(t, doc, "pdftotext", "-layout", "FILE", "-")
	for _, want := range []string{"检验报告单", "清溪县人民医院", "禤文龑", "第 1 页/共 2 页", "第 2 页/共 2 页", "7K3M-9QXD", "↑ 偏高", "项目50 丙氨酸氨基转移酶", "32.60"} {
		if !strings.Contains(text, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
	if n := strings.Count(text, "参考范围"); n != 2 {
		t.Errorf("the table's header stands %d times, want once a page", n)
	}
	for page := 1; page <= 2; page++ {
		one := tool(t, doc, "pdftotext", "-f", fmt.Sprint(page), "-l", fmt.Sprint(page), "FILE", "-")
		if !strings.Contains(one, "补") || !strings.Contains(one, "打") {
			t.Errorf("page %d has no watermark", page)
		}
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	a, b := bytesOf(t, labReport(50)), bytesOf(t, labReport(50))
	if !bytes.Equal(a, b) {
		t.Fatal("two documents of one input differ")
	}
	d := labReport(3)
	if !bytes.Equal(bytesOf(t, d), bytesOf(t, d)) {
		t.Fatal("Bytes called twice gives two documents")
	}
	other := labReport(3)
	other.meta.Created = written.Add(time.Second)
	if bytes.Equal(bytesOf(t, d), bytesOf(t, other)) {
		t.Fatal("the time of creation is not in the document")
	}
}

func TestOnlyTheUsedPartOfTheFontIsInside(t *testing.T) {
	doc := bytesOf(t, labReport(50))
	if len(doc) > 300_000 {
		t.Errorf("the document has %d bytes", len(doc))
	}
	fonts := tool(t, doc, "pdffonts", "FILE")
	if !strings.Contains(fonts, "yes yes") && !strings.Contains(fonts, "yes no  yes") {
		t.Errorf("the font is not embedded:\n%s", fonts)
	}
}

func TestRareNamesPrintAndWhatTheFontLacksIsSaid(t *testing.T) {
	for _, name := range []string{"禤", "冼", "邝", "䶮", "㛃", "𬍛", "𬭎"} {
		d := New(Meta{Title: "报告", Created: written})
		d.Facts([][2]string{{"姓名", "王" + name}})
		doc := bytesOf(t, d)
		if len(d.Missing()) != 0 {
			t.Errorf("%s is missing from the font", name)
		}
		if text := tool(t, doc, "pdftotext", "FILE", "-"); strings.Contains(text, "〓") {
			t.Errorf("%s printed as 〓", name)
		}
	}
	d := New(Meta{Title: "报告", Created: written})
	d.Facts([][2]string{{"姓名", "陈𠮷𡌶𠮷"}})
	text := tool(t, bytesOf(t, d), "pdftotext", "FILE", "-")
	if got := string(d.Missing()); got != "𠮷𡌶" {
		t.Errorf("Missing is %q, want each lacking character once", got)
	}
	if !strings.Contains(text, "陈〓〓〓") || !strings.Contains(text, "原字见电子版") {
		t.Errorf("no 〓 with a footnote:\n%s", text)
	}
}

func TestASlipIsAsLongAsItsContent(t *testing.T) {
	slip := func(lines int) []byte {
		d := New(Meta{Title: "预约小票", Organisation: "清溪村卫生站", Paper: Slip80, Created: written, Watermark: "副本"})
		d.Large("A017")
		d.Facts([][2]string{{"姓名", "王*明"}, {"时间", "11月5日 星期四 上午 9:30"}, {"地点", "清溪县人民医院门诊楼二层内科 3 诊室"}, {"状态", "本站已保存，等网络送县"}})
		for range lines {
			d.Text("请带身份证，提前三十分钟到。")
		}
		d.QR("https://check.example/b/7K3M9QXD", 30, "扫码看办到哪一步")
		return bytesOf(t, d)
	}
	var w, short, long float64
	size := func(doc []byte) (height float64) {
		info := tool(t, doc, "pdfinfo", "FILE")
		at := strings.Index(info, "Page size:")
		if _, err := fmt.Sscanf(info[at:], "Page size: %f x %f pts", &w, &height); err != nil {
			t.Fatalf("%v in\n%s", err, info)
		}
		return height
	}
	short, long = size(slip(1)), size(slip(20))
	if w < 226 || w > 227.5 {
		t.Errorf("the slip is %.1f points wide, want 80 mm", w)
	}
	if short < 200 || short > 420 || long < short+19*9.5*leading {
		t.Errorf("slips of 1 and 20 lines are %.0f and %.0f points long", short, long)
	}
	text := tool(t, slip(1), "pdftotext", "FILE", "-")
	for _, want := range []string{"A017", "王*明", "上午 9:30", "扫码看办到哪一步"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip does not say %q", want)
		}
	}
}

func TestLinesBreakWhereAReaderExpects(t *testing.T) {
	s, err := newSheet(Meta{Created: written}, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.page()
	for _, c := range []struct {
		text  string
		ems   float64
		lines []string
	}{
		{"发热咳嗽三天，伴头痛。", 6, []string{"发热咳嗽三", "天，伴头痛。"}},
		{"体温36.60度上升", 5, []string{"体温36.60", "度上升"}},
		{"见（附页）", 2.2, []string{"见", "（附", "页）"}},
		{"一行\n两行", 9, []string{"一行", "两行"}},
		{"", 5, []string{""}},
		{"超", 0.1, []string{"超"}},
	} {
		got := s.wrap(c.text, c.ems*10, 10)
		if strings.Join(got, "|") != strings.Join(c.lines, "|") {
			t.Errorf("%q in %g ems: %q, want %q", c.text, c.ems, got, c.lines)
		}
	}
}

func TestNothingIsLostOfACellOrFactThatIsHigherThanAPage(t *testing.T) {
	long := strings.Repeat("甲乙丙丁戊己庚辛壬癸", 300) + "终了"
	d := New(Meta{Title: "长文", Created: written})
	d.Table([]Column{{Label: "项"}, {Label: "文", Width: 3}}, [][]string{{"一", long}, {"二", "短"}, {"三"}})
	d.Facts([][2]string{{"病史", strings.Repeat("病史很长。", 900) + "写完"}})
	text := strings.ReplaceAll(tool(t, bytesOf(t, d), "pdftotext", "FILE", "-"), "\n", "")
	if got := strings.Count(text, "癸"); got != 300 {
		t.Errorf("%d of 300 repeats printed", got)
	}
	if !strings.Contains(text, "终了") || !strings.Contains(text, "写完") {
		t.Error("the end of a long text was cut")
	}
}

func TestControlCharactersAndEmptyTextsDoNoHarm(t *testing.T) {
	d := New(Meta{Title: "空", Created: written})
	d.Text("甲\x00乙\u200b丙\ufe0f\t丁\r\n戊")
	d.Table(nil, [][]string{{"x"}})
	d.Table([]Column{{Label: "只有表头"}}, nil)
	d.Facts(nil)
	d.Heading("")
	text := tool(t, bytesOf(t, d), "pdftotext", "FILE", "-")
	if !strings.Contains(text, "甲乙丙 丁") || len(d.Missing()) != 0 {
		t.Errorf("got %q, missing %q", text, string(d.Missing()))
	}
}

func TestWhatCannotBeMadeIsAnError(t *testing.T) {
	if _, err := New(Meta{Title: "无时间"}).Bytes(); err == nil {
		t.Error("a document without a time of creation was made")
	}
	d := New(Meta{Title: "码", Created: written})
	d.QR(strings.Repeat("长", 5000), 30)
	if _, err := d.Bytes(); err == nil {
		t.Error("a code of 15,000 bytes was made")
	}
}

func TestDocumentsAreMadeAtTheSameTime(t *testing.T) {
	want := bytesOf(t, labReport(20))
	done := make(chan []byte)
	for range 6 {
		go func() {
			b, err := labReport(20).Bytes()
			if err != nil {
				t.Error(err)
			}
			done <- b
		}()
	}
	for range 6 {
		if !bytes.Equal(<-done, want) {
			t.Error("a document made beside others differs")
		}
	}
}

// TestTheCodeIsDrawnAsItIs reads the drawn code back from a picture of the
// page, module by module: a code with one module off may not scan.
func TestTheCodeIsDrawnAsItIs(t *testing.T) {
	d := New(Meta{Title: "码", Created: written})
	d.QR("https://check.example/r/1", 40)
	file := filepath.Join(t.TempDir(), "p")
	tool(t, bytesOf(t, d), "pdftoppm", "-r", "254", "-gray", "-singlefile", "FILE", file)
	raw, err := os.ReadFile(file + ".pgm")
	if err != nil {
		t.Fatal(err)
	}
	var w, h, top int
	if _, err := fmt.Sscanf(string(raw[:20]), "P5\n%d %d\n%d", &w, &h, &top); err != nil {
		t.Fatal(err)
	}
	px := raw[len(raw)-w*h:]
	dark := func(x, y int) bool { return px[y*w+x] < 128 }
	x0, y0, x1, y1 := w, h, 0, 0 // the code, of 40 mm at 10 points a mm, below the title's rule
	for y := 285; y < 800; y++ {
		for x := 150; x < 600; x++ {
			if dark(x, y) {
				x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
			}
		}
	}
	want, err := qrcode.New("https://check.example/r/1", qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	want.DisableBorder = true
	modules := want.Bitmap()
	step := float64(x1-x0) / float64(len(modules))
	if step < 8 || step > 14 {
		t.Fatalf("modules of %.1f points: the code was not found", step)
	}
	for r, line := range modules {
		for c, on := range line {
			if dark(x0+int((float64(c)+0.5)*step), y0+int((float64(r)+0.5)*step)) != on {
				t.Fatalf("module %d,%d is drawn wrong", r, c)
			}
		}
	}
}
