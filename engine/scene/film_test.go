package scene

import (
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

// themes reads the palettes of the project's stylesheet.
func palette(t testing.TB, css, theme string) Palette {
	t.Helper()
	text, err := os.ReadFile(css)
	if err != nil {
		t.Skip("no stylesheet to paint with")
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

// TestPictures writes pictures of the built-in scenarios where SCENE_PICTURES says, for people to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SCENE_PICTURES")
	if dir == "" {
		t.Skip("set SCENE_PICTURES to a folder to get pictures")
	}
	css := os.Getenv("SCENE_CSS")
	sizes := map[string]layout.Config{
		"wide": {W: 1386, H: 566, Top: 56}, "desk": {W: 1012, H: 566, Top: 56},
		"small": {W: 970, H: 420, Top: 56}, "phone": {W: 390, H: 530, Top: 8},
	}
	only := os.Getenv("SCENE_ONLY")
	for _, info := range assets.Scenarios() {
		if only != "" && !strings.Contains(info.Name, only) {
			continue
		}
		f := shoot(t, info.Name, 20e9)
		for size, cfg := range sizes {
			r, eng, b := f.reel(), layout.NewEngine(), New(nil)
			n := 0
			for d := int64(100e6); d < f.end() && d < 30e9; d += 50e6 {
				st := r.to(d)
				lay := eng.Update(st, cfg)
				l := b.Build(st, lay, d, Options{})
				if d%1500e6 == 0 && n < 8 {
					for _, theme := range []string{"dark", "light"} {
						if theme == "light" && n != 2 {
							continue
						}
						name := filepath.Join(dir, strings.Join([]string{info.Name, size, theme, itoa(d / 1e6)}, "-")+".svg")
						if err := os.WriteFile(name, SVG(l, palette(t, css, theme)), 0o644); err != nil {
							t.Fatal(err)
						}
					}
					n++
				}
			}
		}
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
			_ = os.WriteFile(filepath.Join(dir, "gallery-"+theme+".svg"), SVG(l, palette(t, os.Getenv("SCENE_CSS"), theme)), 0o644)
		}
	}
}
