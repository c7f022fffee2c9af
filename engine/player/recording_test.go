package player

import (
	"bytes"
	"errors"
	"testing"

	"rpcscope/engine/flow"
)

// record writes what a scenario does up to stream time until as a recording.
func record(t testing.TB, name string, until int64) []byte {
	t.Helper()
	src := newSource(t, name, 0)
	var file bytes.Buffer
	w := flow.NewWriter(&file, &src.names, flow.Header{Title: name, Seed: 1})
	src.world.SetSink(w)
	must(t, src.world.RunUntil(until))
	must(t, w.Close())
	return file.Bytes()
}

func codeOf(err error) string {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestACutRecordingShowsWhatCameBeforeTheCut(t *testing.T) {
	whole := record(t, "one-call", 5e9) // a small one
	full := New(Config{})
	must(t, full.Do(Command{Cmd: "open"}))
	must(t, full.Feed(whole))
	must(t, full.Do(Command{Cmd: "end"}))
	all := logOf(full, full.end())
	best := uint64(0)
	for cut := len(whole) - 1; cut > 60; cut -= 37 {
		p := New(Config{})
		must(t, p.Do(Command{Cmd: "open"}))
		must(t, p.Feed(whole[:cut]))
		err := p.Do(Command{Cmd: "end"})
		n := p.tl.Events()
		if code := codeOf(err); n > 0 && code != "truncated" && code != "" || n == 0 && code != "no-recording" {
			t.Fatalf("cut at %d of %d: %d events, and it ends with %q", cut, len(whole), n, code)
		}
		if best == 0 {
			best = n
		}
		// Nothing less than the part that is there, give or take the dictionary, which fills the first eighth, and one event.
		if least := uint64(len(all)) * uint64(cut) / uint64(len(whole)) * 6 / 10; cut >= len(whole)/8 && n < least/2 {
			t.Errorf("cut at %d of %d: %d events of %d", cut, len(whole), n, len(all))
		}
		got := logOf(p, p.end())
		for i := range got[:max(0, len(got)-40)] { // at the end, hops lack their arrival
			if got[i] != all[i] {
				t.Fatalf("cut at %d: event %d is %s, in the whole recording %s", cut, i, got[i], all[i])
			}
		}
	}
	if best < uint64(len(all))*9/10 {
		t.Errorf("without the last bytes %d events of %d", best, len(all))
	}
}

func TestALargeRecordingWaitsForThePlayhead(t *testing.T) {
	file := record(t, "nova-boot", 900e9)
	p := New(Config{LogBytes: 64 << 10})
	must(t, p.Do(Command{Cmd: "open"}))
	waited, fed := 0, 0
	seen, index := uint64(0), uint64(0)
	for frames := 0; p.Playing() || fed < len(file); frames++ {
		for fed < len(file) {
			if err := p.Do(Command{Cmd: "more"}); err != nil {
				if codeOf(err) != "full" {
					t.Fatal(err)
				}
				waited++
				break
			}
			n := min(len(file)-fed, 4<<10)
			must(t, p.Feed(file[fed:fed+n]))
			if fed += n; fed == len(file) {
				must(t, p.Do(Command{Cmd: "end"}))
			}
		}
		p.Frame(200e6)
		if at := p.cur.Position(); at < index || p.tl.First() > at {
			t.Fatalf("the playhead was at event %d, is at %d, and the log begins at %d", index, at, p.tl.First())
		} else {
			seen += at - index
			index = at
		}
		if log, frames := p.tl.Bytes(); log > 2*p.logBytes() || frames > 2*p.logBytes() {
			t.Fatalf("the log takes %d bytes, its frames %d", log, frames)
		}
		if frames > 100_000 {
			t.Fatal("it does not come to its end")
		}
	}
	if dropped, _ := p.tl.Dropped(); waited == 0 || dropped == 0 {
		t.Errorf("waited %d times, dropped %d: the recording is too small to test anything", waited, dropped)
	}
	if seen != p.tl.Events() {
		t.Errorf("%d events were shown of %d", seen, p.tl.Events())
	}
	// Who wants the end gets it, at the price of the beginning.
	p = New(Config{LogBytes: 64 << 10})
	must(t, p.Do(Command{Cmd: "open"}))
	must(t, p.Feed(file[:100_000]))
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "jump", To: "end"}))
	for fed = 100_000; fed < len(file); fed += min(len(file)-fed, 4<<10) {
		must(t, p.Do(Command{Cmd: "more"}))
		must(t, p.Feed(file[fed:min(len(file), fed+4<<10)]))
		p.Frame(16e6)
	}
	must(t, p.Do(Command{Cmd: "end"}))
	p.Frame(16e6)
	if p.cur.Position() != index || p.Moving() {
		t.Errorf("at the end %d events of %d are shown", p.cur.Position(), index)
	}
}
