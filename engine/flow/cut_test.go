package flow_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"rpcscope/engine/flow"
)

// TestACutRecordingReadsTheSameEverywhere cuts a recording at every byte: the
// command line's reader must come as far as the decoder that the page has.
func TestACutRecordingReadsTheSameEverywhere(t *testing.T) {
	var file bytes.Buffer
	names, es := many(60)
	w := flow.NewWriter(&file, names, flow.Header{Source: "sim"})
	for i := range es {
		w.Emit(&es[i].E, es[i].M)
		if i%25 == 24 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, last := file.Bytes(), 0
	for n := len(flow.Magic); n < len(data); n++ {
		var k keep
		d := flow.NewDecoder(&flow.Names{}, &k)
		if err := d.Feed(data[:n]); err != nil {
			t.Fatal(err)
		}
		d.Salvage()
		read := 0
		r, err := flow.NewReader(bytes.NewReader(data[:n]), &flow.Names{})
		for err == nil {
			var e flow.Event
			var m flow.Message
			if _, err = r.Next(&e, &m); err == nil {
				if e != k.got[read].E {
					t.Fatalf("cut at %d, event %d: %+v, the decoder has %+v", n, read, e, k.got[read].E)
				}
				read++
			}
		}
		if read != len(k.got) || !errors.Is(err, flow.ErrTruncated) && !errors.Is(err, io.EOF) && read > 0 {
			t.Fatalf("cut at %d: the reader has %d events and %v, the decoder %d", n, read, err, len(k.got))
		}
		if read < last {
			t.Fatalf("cut at %d: %d events, and %d at a byte less", n, read, last)
		}
		last = read
	}
	if last != len(es) {
		t.Errorf("%d of %d events", last, len(es))
	}
}
