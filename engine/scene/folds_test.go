package scene

import (
	"strings"
	"testing"

	"rpcscope/engine/layout"
)

// folds lists what can be opened or folded, as the proxies offer it.
func folds(lay *layout.Layout) (out []uint64) {
	for i := range lay.Nodes {
		if f := lay.Nodes[i].Fold; f != 0 {
			out = append(out, f)
		}
	}
	return out
}

// TestOpenedKeepsApart: whatever is opened, nothing overlaps, all of it is
// offered to be folded again, and folding brings back the map that was.
func TestOpenedKeepsApart(t *testing.T) {
	for _, name := range []string{"nova-boot", "notify", "fanout", "two-servers", "server-stops"} {
		f := shoot(t, name, 9e9)
		for room, cfg := range rooms {
			t.Run(name+"/"+room, func(t *testing.T) {
				r, eng, b := f.reel(), layout.NewEngine(), New(nil)
				st := r.to(3300e6)
				before := len(eng.Update(st, cfg).Nodes)
				opened := map[uint64]bool{}
				for range 4 { // what opens may hold more to open
					for _, id := range folds(eng.Update(st, cfg)) {
						if !opened[id] {
							opened[id] = true
							eng.Open(id, true)
							lay := eng.Update(st, cfg)
							check(t, lay, b, r, 3300e6, cfg)
							if z := min(cfg.W/lay.Bounds.W, (cfg.H-cfg.Top)/lay.Bounds.H); z < layout.Legible-.001 {
								t.Errorf("opened, it fits at zoom %.2f", z)
							}
						}
					}
				}
				if name == "nova-boot" && len(opened) < 3 {
					t.Errorf("only %d folds are offered", len(opened))
				}
				for d := int64(3400e6); d < f.end() && d < 8e9; d += 400e6 {
					check(t, eng.Update(r.to(d), cfg), b, r, d, cfg)
				}
				for id := range opened {
					eng.Open(id, false)
				}
				r2 := f.reel()
				if after := len(eng.Update(r2.to(3300e6), cfg).Nodes); after != before {
					t.Errorf("%d nodes before, %d after opening and folding", before, after)
				}
			})
		}
	}
}

func check(t *testing.T, lay *layout.Layout, b *Builder, r *reel, d int64, cfg layout.Config) {
	t.Helper()
	l := b.Build(r.st, lay, d, Options{Broker: "rabbit@ctl1"})
	for _, s := range overlaps(b, lay, l, cfg) {
		t.Errorf("at %d ms: %s", d/1e6, s)
	}
	ids := map[string]bool{}
	for i := range l.Proxies {
		if id := l.Proxies[i].ID; ids[id] && strings.HasPrefix(id, "f:") {
			t.Errorf("two proxies are called %s", id)
		} else {
			ids[id] = true
		}
	}
}

// TestFoldNames: what opens says so, with what it holds.
func TestFoldNames(t *testing.T) {
	r, eng, b := shoot(t, "nova-boot", 5e9).reel(), layout.NewEngine(), New(nil)
	st := r.to(3300e6)
	find := func(part string) *Proxy {
		l := b.Build(st, eng.Update(st, rooms["1440x900"]), 3300e6, Options{})
		for i := range l.Proxies {
			if p := &l.Proxies[i]; p.Role == RoleFold && strings.Contains(p.Label, part) {
				return p
			}
		}
		t.Fatalf("no fold %q", part)
		return nil
	}
	if p := find(" queues"); p.Label != "11 queues, folded; press to open" {
		t.Errorf("%q", p.Label)
	}
	if p := find("nova-api"); p.Label != "nova-api ×2, folded; press to open" || p.H < 24 || p.W < 24 {
		t.Errorf("%q, %v by %v", p.Label, p.W, p.H)
	}
	for _, id := range folds(eng.Update(st, rooms["1440x900"])) {
		eng.Open(id, true)
	}
	if p := find(" queues"); !strings.HasSuffix(p.Label, ", open; press to fold") {
		t.Errorf("%q", p.Label)
	}
	find("nova-api, open")
}
