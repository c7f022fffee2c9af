package player

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
	"rpcscope/engine/view"
)

// source runs a scenario and hands its events out by stream time, as a bridge would.
type source struct {
	names  flow.Names
	world  *scenario.World
	folded *view.State
	enc    *flow.Encoder
	// shift is stream time zero on the wall.
	shift int64
}

func newSource(t testing.TB, name string, shift int64) *source {
	t.Helper()
	data, _ := assets.Scenario(name)
	doc, err := scenario.Parse(data)
	must(t, err)
	s := &source{shift: shift}
	s.enc = flow.NewEncoder(&s.names, flow.Header{Source: "live", Title: "rabbit@test", Epoch: 1_700_000_000_000_000_000})
	s.folded = view.New(&s.names, view.DefaultLimits())
	s.world, err = scenario.NewWorld(doc, 1, &s.names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		x := *e
		x.At += shift
		s.folded.Fold(x.At, x.At, &x, m)
		s.enc.Emit(&x, m)
	}))
	must(t, err)
	return s
}

// until returns the bytes of what happens up to stream time t.
func (s *source) until(t testing.TB, at int64) []byte {
	t.Helper()
	must(t, s.world.RunUntil(at))
	return s.enc.Flush()
}

func TestLiveFollowsTheNewestAndKeepsCount(t *testing.T) {
	src := newSource(t, "one-call", 50e9)
	src.until(t, 5e9) // before anybody looked
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "live"}))
	must(t, p.Feed(src.enc.Hello()))
	must(t, p.Feed(flow.AppendSnapshot(nil, &src.names, src.enc.Events(), src.folded.AppendEvents)))
	must(t, p.Feed(src.enc.Join()))
	start := src.folded.Counters.Calls
	for at := int64(5e9); at < 30e9; at += 33e6 {
		if b := src.until(t, at); len(b) > 0 {
			must(t, p.Feed(b))
		}
		p.Frame(33e6)
	}
	pan := p.Panel()
	if pan.Title != "rabbit@test" || pan.Mode != "live" || pan.EpochMs == 0 || !pan.Play.Live {
		t.Errorf("title %q, mode %q, epoch %v, follows %v", pan.Title, pan.Mode, pan.EpochMs, pan.Play.Live)
	}
	if lag := pan.Play.LagMs; lag < 100 || lag > 5000 {
		t.Errorf("lag %v ms", lag)
	}
	if got, want := pan.Counters.Calls.Total, src.folded.Counters.Calls-start; got < want-1 || got > want {
		t.Errorf("%d calls shown of %d", got, want)
	}
	if p.State().Processes.Len() == 0 || p.State().Processes.Len() != src.folded.Processes.Len() {
		t.Errorf("%d processes, the source has %d", p.State().Processes.Len(), src.folded.Processes.Len())
	}
	// Pausing holds the picture while the stream goes on; a jump to the end goes back to it.
	must(t, p.Do(Command{Cmd: "pause"}))
	d := p.d
	for at := int64(30e9); at < 33e9; at += 33e6 {
		must(t, p.Feed(src.until(t, at)))
		p.Frame(33e6)
	}
	if p.d != d {
		t.Error("paused, but the playhead moved")
	}
	must(t, p.Do(Command{Cmd: "jump", To: "end", Dir: 1}))
	p.Frame(33e6)
	if p.d < d+2e9 {
		t.Errorf("back to live moved the playhead by %d ms", (p.d-d)/ms)
	}
	// A viewer that missed a batch is greeted again: the past is void.
	src.until(t, 34e9)
	must(t, p.Feed(flow.AppendSnapshot(nil, &src.names, src.enc.Events(), src.folded.AppendEvents)))
	must(t, p.Feed(src.enc.Join()))
	must(t, p.Feed(src.until(t, 36e9)))
	p.Frame(33e6)
	if n := p.State().Queues.Len(); n != src.folded.Queues.Len() {
		t.Errorf("after the gap %d queues of %d", n, src.folded.Queues.Len())
	}
	if err := p.Do(Command{Cmd: "send", Kind: "call"}); err == nil {
		t.Error("it sent into real traffic")
	}
}

func TestARecordingPlaysLikeTheScenario(t *testing.T) {
	src := newSource(t, "nova-boot", 0)
	var file bytes.Buffer
	w := flow.NewWriter(&file, &src.names, flow.Header{Title: "boot", Seed: 1})
	src.world.SetSink(w)
	must(t, src.world.RunUntil(20e9))
	must(t, w.Close())
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "open", Title: "boot.flow"}))
	for b := file.Bytes(); len(b) > 0; {
		n := min(len(b), 777)
		must(t, p.Feed(b[:n]))
		b = b[n:]
		p.Frame(16e6)
	}
	must(t, p.Do(Command{Cmd: "end"}))
	for i := 0; p.Playing() && i < 5000; i++ {
		p.Frame(33e6)
	}
	if p.Playing() || p.Moving() {
		t.Fatal("it does not come to its end")
	}
	ref := open(t, "nova-boot")
	must(t, ref.sim.world.RunUntil(20e9))
	ref.pacer.Flush()
	ref.seek(ref.end())
	if a, b := p.State().Counters, ref.State().Counters; a.Published != b.Published || a.Calls != b.Calls || a.Delivered != b.Delivered {
		t.Errorf("recording %+v, scenario %+v", a, b)
	}
	events, counters := p.tl.Events(), p.State().Counters
	must(t, p.Do(Command{Cmd: "speed", X: 0.1}))
	must(t, p.Do(Command{Cmd: "speed", X: 1}))
	p.seek(p.end())
	if n := p.tl.Events(); n != events {
		t.Errorf("%d events after changing speeds, %d before", n, events)
	}
	if p.State().Counters != counters {
		t.Error("changing speeds changed what happened")
	}
}

func TestDamageIsSaid(t *testing.T) {
	p := New(Config{})
	if p.Feed([]byte("x")) == nil {
		t.Error("fed without a stream")
	}
	must(t, p.Do(Command{Cmd: "open", Title: "x"}))
	if err := p.Feed([]byte("this is no recording")); err == nil {
		t.Error("took rubbish for a recording")
	}
}

func TestTheEndOfARecordingSaysWhatIsMissing(t *testing.T) {
	src := newSource(t, "one-call", 0)
	var file bytes.Buffer
	w := flow.NewWriter(&file, &src.names, flow.Header{Title: "calls"})
	src.world.SetSink(w)
	must(t, src.world.RunUntil(900e9)) // several blocks
	must(t, w.Close())
	whole := file.Bytes()
	harmed := bytes.Clone(whole)
	harmed[len(whole)*9/10] ^= 0xff
	for name, c := range map[string]struct {
		bytes []byte
		code  string
		shown bool
	}{
		"whole":     {whole, "", true},
		"cut":       {whole[:len(whole)*9/10], "truncated", true},
		"harmed":    {harmed, "bad-stream", true},
		"cut early": {whole[:40], "no-recording", false},
		"empty":     {nil, "no-recording", false},
		"foreign":   {[]byte("this is no recording"), "no-recording", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(Config{})
			must(t, p.Do(Command{Cmd: "open", Title: name}))
			_ = p.Feed(c.bytes) // the end says it again
			code := ""
			if e := (*Error)(nil); errors.As(p.Do(Command{Cmd: "end"}), &e) {
				code = e.Code
			}
			if code != c.code {
				t.Errorf("it ends with %q, want %q", code, c.code)
			}
			p.seek(p.end())
			if shown := p.State().Counters.Calls > 0; shown != c.shown {
				t.Errorf("shows calls: %v, want %v", shown, c.shown)
			}
		})
	}
}

// TestALiveStreamBeginsAnew: the program was restarted, or the stream was damaged; nothing of the old one is left.
func TestALiveStreamBeginsAnew(t *testing.T) {
	for _, damage := range [][]byte{nil, bytes.Repeat([]byte("no block"), 50)} {
		p := New(Config{})
		for range 2 {
			src := newSource(t, "one-call", 50e9)
			must(t, p.Do(Command{Cmd: "live"}))
			must(t, p.Feed(src.enc.Hello()))
			for at := int64(0); at < 5e9; at += 33e6 {
				must(t, p.Feed(src.until(t, at)))
				p.Frame(33e6)
			}
			if got, want := p.State().Processes.Len(), src.folded.Processes.Len(); got != want || p.Panel().Counters.Published.Call == 0 || p.Panel().Counters.Published.Call > src.folded.Counters.Published[flow.ClassCall] {
				t.Errorf("%d processes and %d calls, want %d and no more than the source has", got, p.Panel().Counters.Published.Call, want)
			}
			if damage != nil && p.Feed(damage) == nil {
				t.Error("nonsense is taken")
			}
		}
	}
}

func TestForgettingNamesChangesNothing(t *testing.T) {
	show := func(every int) (digests []uint64, log []string) {
		src := newSource(t, "nova-boot", 50e9)
		p := New(Config{})
		must(t, p.Do(Command{Cmd: "live"}))
		must(t, p.Feed(src.enc.Hello()))
		for i, at := 0, int64(0); at < 12e9; i, at = i+1, at+33e6 {
			must(t, p.Feed(src.until(t, at)))
			p.Frame(33e6)
			if every > 0 && i%every == every-1 {
				p.rename()
			}
			digests = append(digests, p.State().Digest())
		}
		p.seek(3e9)
		return append(digests, p.State().Digest()), logOf(p, p.end())
	}
	wantDigests, wantLog := show(0)
	for _, every := range []int{1, 7} {
		digests, log := show(every)
		for i := range digests {
			if digests[i] != wantDigests[i] {
				t.Fatalf("renaming every %d frames: frame %d shows something else", every, i)
			}
		}
		if diff := cmp.Diff(wantLog, log); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestNamesDoNotGrowWithoutBound(t *testing.T) {
	var names flow.Names
	enc := flow.NewEncoder(&names, flow.Header{Source: "live"})
	p := New(Config{LogBytes: 1 << 20})
	must(t, p.Do(Command{Cmd: "live"}))
	must(t, p.Feed(enc.Hello()))
	most := 0
	for i := range 120_000 {
		at := int64(i) * 1e6
		queue := names.Intern(fmt.Sprintf("reply_%032d", i))
		enc.Emit(&flow.Event{At: at, Kind: flow.QueueDeclare, Queue: queue}, nil)
		enc.Emit(&flow.Event{At: at, Kind: flow.QueueDelete, Queue: queue}, nil)
		if i%500 == 0 {
			must(t, p.Feed(enc.Flush()))
			p.Frame(250e6)
			p.Frame(250e6)
			most = max(most, p.names.Len())
		}
	}
	if most > 2*renameFirst {
		t.Errorf("the table held %d names", most)
	}
}
