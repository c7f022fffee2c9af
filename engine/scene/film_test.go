package scene

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/pace"
	"rpcscope/engine/scenario"
	"rpcscope/engine/view"
)

// film is a paced stream that tests fold to any moment.
type film struct {
	names  *flow.Names
	events []paced
}

type paced struct {
	d, hopEnd int64
	e         flow.Event
	m         flow.Message
	has       bool
}

func (f *film) Paced(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	p := paced{d: d, hopEnd: hopEnd, e: *e}
	if m != nil {
		p.m, p.has = *m, true
	}
	f.events = append(f.events, p)
}

// shoot runs a built-in scenario for so many nanoseconds of stream time.
func shoot(t testing.TB, name string, until int64) *film {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatalf("no scenario %q", name)
	}
	return shootDocument(t, data, until)
}

func shootDocument(t testing.TB, data []byte, until int64) *film {
	t.Helper()
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	f := &film{names: &flow.Names{}}
	p := pace.New(pace.DefaultConfig(), f)
	w, err := scenario.NewWorld(doc, 1, f.names, p)
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < until; at += 20e6 {
		if err := w.RunUntil(at); err != nil {
			t.Fatal(err)
		}
		p.Advance(at)
	}
	p.Flush()
	return f
}

// end is the display time of the last event.
func (f *film) end() int64 { return f.events[len(f.events)-1].d }

// reel folds a film forward.
type reel struct {
	f    *film
	st   *view.State
	next int
}

func (f *film) reel() *reel {
	return &reel{f: f, st: view.New(f.names, view.DefaultLimits())}
}

func (r *reel) to(d int64) *view.State {
	for r.next < len(r.f.events) && r.f.events[r.next].d <= d {
		p := &r.f.events[r.next]
		var m *flow.Message
		if p.has {
			m = &p.m
		}
		r.st.Fold(p.d, p.hopEnd, &p.e, m)
		r.next++
	}
	return r.st
}

// palette reads a theme's colours from the project's stylesheet.
func palette(t testing.TB, theme string) Palette {
	t.Helper()
	text, err := os.ReadFile("../../web/src/styles/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for _, block := range regexp.MustCompile(`(?s)([^{}]*)\{([^{}]*)\}`).FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(block[1], "@media") || !strings.Contains(block[1], `"dark"`) && !strings.Contains(block[1], `"`+theme+`"`) {
			continue
		}
		for _, v := range regexp.MustCompile(`(--[\w-]+):\s*([^;]+);`).FindAllStringSubmatch(block[2], -1) {
			vars[v[1]] = strings.TrimSpace(v[2])
		}
	}
	return func(p string) string {
		v := vars[p]
		if strings.HasPrefix(v, "var(") {
			v = vars[strings.TrimSuffix(strings.TrimPrefix(v, "var("), ")")]
		}
		return v
	}
}

// TestPictures paints scenarios as SVG in the project's colours: one of them
// always, and all that are named like SCENE_ONLY into the folder SCENE_PICTURES
// where that is set, for people to look at.
func TestPictures(t *testing.T) {
	dir, only := os.Getenv("SCENE_PICTURES"), os.Getenv("SCENE_ONLY")
	if dir == "" {
		dir, only = t.TempDir(), "one-call"
	}
	sizes := map[string]layout.Config{
		"wide": {W: 1386, H: 566, Top: 56}, "desk": {W: 1012, H: 566, Top: 56},
		"small": {W: 970, H: 420, Top: 56}, "phone": {W: 390, H: 530, Top: 8},
	}
	painted := 0
	for _, info := range assets.Scenarios() {
		if !strings.Contains(info.Name, only) {
			continue
		}
		f := shoot(t, info.Name, 20e9)
		for size, cfg := range sizes {
			r, eng, b := f.reel(), layout.NewEngine(), New(nil)
			n := 0
			for d := int64(100e6); d < f.end() && n < 8; d += 50e6 {
				st := r.to(d)
				l := b.Build(st, eng.Update(st, cfg), d, Options{})
				if d%1500e6 != 0 {
					continue
				}
				paint(t, l, "dark", filepath.Join(dir, strings.Join([]string{info.Name, size, "dark", itoa(d / 1e6)}, "-")))
				if n == 2 {
					paint(t, l, "light", filepath.Join(dir, strings.Join([]string{info.Name, size, "light", itoa(d / 1e6)}, "-")))
				}
				n++
				painted++
			}
		}
	}
	if painted == 0 {
		t.Error("nothing was painted")
	}
}

// paint writes a list as a picture, which must be sound XML with a colour wherever one is named.
func paint(t testing.TB, l *List, theme, name string) {
	t.Helper()
	svg := SVG(l, palette(t, theme))
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if (a.Name.Local == "fill" || a.Name.Local == "stroke") && a.Value == "" {
					t.Errorf("%s: a <%s> without a colour for its %s", name, e.Name.Local, a.Name.Local)
				}
			}
		}
	}
	if err := os.WriteFile(name+".svg", svg, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGallery: the gallery is complete enough to be drawn, and stays the same.
func TestGallery(t *testing.T) {
	l := Gallery()
	if len(l.Tokens) < 60 || len(l.Static) < 150 || len(l.Labels) < 50 {
		t.Errorf("gallery has %d tokens, %d paths, %d labels", len(l.Tokens), len(l.Static), len(l.Labels))
	}
	seen := map[TokenFlags]bool{}
	for _, k := range l.Tokens {
		for f := Bare; f <= Glow; f <<= 1 {
			seen[f] = seen[f] || k.Flags&f != 0
		}
	}
	for f := Bare; f <= Glow; f <<= 1 {
		if !seen[f] {
			t.Errorf("no token shows flag %b", f)
		}
	}
	a, b := SVG(l, func(p string) string { return p }), SVG(Gallery(), func(p string) string { return p })
	if string(a) != string(b) {
		t.Error("two galleries differ")
	}
	if dir := os.Getenv("SCENE_PICTURES"); dir != "" {
		for _, theme := range []string{"dark", "light"} {
			paint(t, l, theme, filepath.Join(dir, "gallery-"+theme))
		}
	}
}
