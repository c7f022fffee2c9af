package scene

import (
	"slices"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// TestFits: every built-in scenario can be read whole in each of the windows.
func TestFits(t *testing.T) {
	for _, info := range assets.Scenarios() {
		f := shoot(t, info.Name, 16e9)
		for room, cfg := range rooms {
			r, eng := f.reel(), layout.NewEngine()
			least := float32(9)
			for d := int64(100e6); d < f.end(); d += 200e6 {
				l := eng.Update(r.to(d), cfg)
				least = min(least, min(cfg.W/l.Bounds.W, (cfg.H-cfg.Top)/l.Bounds.H))
			}
			if least < .7 {
				t.Errorf("%s in %s: zoom %.2f", info.Name, room, least)
			}
		}
	}
}

// TestSameStateSamePicture: the list is a function of the stream, the moment and the room.
func TestSameStateSamePicture(t *testing.T) {
	f := shoot(t, "nova-boot", 8e9)
	render := func() string {
		r, eng, b := f.reel(), layout.NewEngine(), New(nil)
		out := ""
		for d := int64(100e6); d < 6e9; d += 700e6 {
			st := r.to(d)
			out += string(SVG(b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{}), func(p string) string { return p }))
		}
		return out
	}
	if a, b := render(), render(); a != b {
		t.Error("two runs differ")
	}
}

// TestNoAllocation: a frame allocates nothing once everything on it was seen before.
func TestNoAllocation(t *testing.T) {
	for _, name := range []string{"one-call", "nova-boot"} {
		f := shoot(t, name, 6e9)
		r, eng, b := f.reel(), layout.NewEngine(), New(nil)
		at := int64(3300e6)
		st := r.to(at)
		focus := &view.Focus{RPC: st.Recent, Msg: st.RecentMsg}
		frame := func() {
			for k := int64(0); k < 30; k++ {
				d := at + k*16e6
				b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{Focus: focus, T: st.At + k*16e6})
			}
		}
		frame()
		if n := testing.AllocsPerRun(5, frame); n != 0 {
			t.Errorf("%s: %v allocations in 30 frames", name, n)
		}
	}
}

// TestStaticStandsStill: while messages only travel, the static part is not rebuilt.
func TestStaticStandsStill(t *testing.T) {
	f := shoot(t, "one-call", 12e9)
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	changes, last := 0, uint64(0)
	for d := int64(4500e6); d < 9000e6; d += 16e6 {
		st := r.to(d)
		l := b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{})
		if l.StaticVersion != last {
			changes++
			last = l.StaticVersion
		}
	}
	if changes > 8 { // busy and idle again, per call
		t.Errorf("rebuilt %d times in 4.5 s", changes)
	}
}

// TestTokensMoveSteadily: in flight, no token jumps, and with reduced motion none travels.
func TestTokensMoveSteadily(t *testing.T) {
	f := shoot(t, "one-call", 8e9)
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	last := map[uint64]Token{}
	for d := int64(100e6); d < f.end(); d += 16e6 {
		st := r.to(d)
		l := b.Build(st, eng.Update(st, rooms["1440x900 inspector"]), d, Options{})
		now := map[uint64]Token{}
		for _, k := range l.Tokens {
			if k.ID != 0 && k.Flags&Glow != 0 {
				now[k.ID] = k
				if o, ok := last[k.ID]; ok && hyp(k.X-o.X, k.Y-o.Y) > 75 {
					t.Errorf("message %d jumps by %.0f px at %d ms", k.ID, hyp(k.X-o.X, k.Y-o.Y), d/1e6)
				}
			}
		}
		last = now
	}
	r = f.reel()
	for d := int64(100e6); d < f.end(); d += 50e6 {
		st := r.to(d)
		l := b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{Reduced: true})
		if len(l.Trails) > 0 || slices.ContainsFunc(l.Tokens, func(k Token) bool { return k.Flags&Glow != 0 && k.Flags&Bare == 0 }) {
			t.Fatalf("something travels at %d ms", d/1e6)
		}
	}
}

// TestAccessibleNames: nodes come in reading order with a name and a state in words.
func TestAccessibleNames(t *testing.T) {
	f := shoot(t, "one-call", 5e9)
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	st := r.to(2900e6)
	l := b.Build(st, eng.Update(st, rooms["1440x900 inspector"]), 2900e6, Options{})
	var got []string
	for _, p := range l.Proxies {
		if p.Role != RoleMessage {
			got = append(got, string(p.AppendID(nil))+" "+p.Label)
		}
	}
	for _, want := range []string{
		"p:nova-api nova-api on ctl1, up", "x://nova exchange nova, topic",
		"q://compute queue compute, 0 ready, 0 unacknowledged, 1 consumer",
		"p:nova-compute@host1 nova-compute on host1, up",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q among %q", want, got)
		}
	}
	if len(got) > 0 && got[0][:2] != "p:" {
		t.Errorf("reading begins with %q, not with the invoker", got[0])
	}
}

// TestAReplyIsNamedByItsMethod: a reply carries no method, and its name says it all the same.
func TestAReplyIsNamedByItsMethod(t *testing.T) {
	f := shoot(t, "one-call", 5e9)
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	names := map[string]bool{}
	for d := int64(100e6); d < 3e9; d += 50e6 {
		st := r.to(d)
		for _, p := range b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{}).Proxies {
			if p.Role == RoleMessage {
				names[p.Label] = true
			}
		}
	}
	if !names["call ping"] || !names["reply to ping"] || len(names) != 2 {
		t.Errorf("the messages are called %v", names)
	}
}

// TestShorten keeps the tail by which people tell uuids apart.
func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		most float32
		want string
	}{
		{"compute", 200, "compute"},
		{"reply_1a18c0ffee00aa25f6", 110, "reply_1a18…25f6"},
		{"notifications.info", 80, "notifi…info"},
		{"ab", 1, "…"},
	} {
		if got := Shorten(c.in, StyleQueue, c.most); got != c.want {
			t.Errorf("Shorten(%q, %v) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
	if s, cut := hexTail("compute_fanout_9e41c0ffee9e41c0ffee9e41c0ff07bd"); !cut || s != "compute_fanout_9e41…07bd" {
		t.Errorf("hexTail: %q", s)
	}
}

func BenchmarkFrame(b *testing.B) {
	f := shoot(b, "nova-boot", 6e9)
	r, eng, bl := f.reel(), layout.NewEngine(), New(nil)
	st := r.to(3300e6)
	b.ReportAllocs()
	for i := range b.N {
		d := 3300e6 + int64(i%30)*16e6
		bl.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{})
	}
}
