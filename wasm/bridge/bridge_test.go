package bridge

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/scene"
)

func TestAnyTextIsValidJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); strings.ReplaceAll(got, "\uFFFD", "") != strings.ReplaceAll(want, "\uFFFD", "") {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func TestLabelsAndProxiesAsThePageReadsThem(t *testing.T) {
	labels := AppendLabels(nil, []scene.Label{
		{ID: 1 << 63, X: 1.5, Y: -2, Width: 60, MaxWidth: 80, Text: `a "b"`, Title: "whole", Paint: 3, Alpha: .5, Style: scene.StyleKey, Anchor: scene.End, Priority: 9, Dynamic: true, Halo: 1},
		{Text: "ü 1", Strong: 3},
	})
	want := `[["1y2p0ij32e8e8",1.5,-2,60,80,"a \"b\"","whole",3,0.5,6,2,9,1,1,0],["0",0,0,0,0,"ü 1","",0,0,0,0,0,0,0,2]]`
	if diff := cmp.Diff(want, string(labels)); diff != "" {
		t.Error(diff)
	}
	proxies := AppendProxies(nil, []scene.Proxy{{ID: "q://x", X: 1, Y: 2, W: 3, H: 4, Label: "queue x", Role: scene.RoleQueue, Selected: true}})
	if want := `[["q://x",1,2,3,4,"queue x",2,1]]`; string(proxies) != want {
		t.Errorf("%s, want %s", proxies, want)
	}
	if got := string(AppendLabels(nil, nil)); got != "[]" {
		t.Errorf("no labels: %s", got)
	}
}

// web/src/player/memory.ts reads the frame from memory by position.
func TestThePageKnowsTheFramesLayout(t *testing.T) {
	source, err := os.ReadFile("../../web/src/player/memory.ts")
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`(?s)enum At \{(.*?)\}`).FindSubmatch(source)
	if body == nil {
		t.Fatal("memory.ts has no enum At")
	}
	var want []string
	for f := range reflect.TypeFor[Frame]().Fields() {
		if f.Type == reflect.TypeFor[Span]() {
			want = append(want, f.Name+"Ptr", f.Name+"Len")
			continue
		}
		if f.Type.Size() != 4 {
			t.Errorf("field %s takes %d bytes, not 4", f.Name, f.Type.Size())
		}
		want = append(want, f.Name)
	}
	got := regexp.MustCompile(`\w+`).FindAllString(string(body[1]), -1)
	if diff := cmp.Diff(append(want, "Fields"), got); diff != "" {
		t.Errorf("memory.ts and frame.go differ (-go +ts):\n%s", diff)
	}
}

type recorder struct {
	log   []string
	inner func(r *recorder, json string)
}

func (r *recorder) note(format string, a ...any) { r.log = append(r.log, fmt.Sprintf(format, a...)) }

func (r *recorder) Command(b []byte) []byte {
	r.note("command %s", b)
	if r.inner != nil {
		r.inner(r, string(b))
	}
	return []byte("reply to " + string(b))
}
func (r *recorder) Feed(b []byte)                  { r.note("feed %d", len(b)) }
func (r *recorder) Resize(w, h, top float64)       { r.note("resize %v %v %v", w, h, top) }
func (r *recorder) Colours(c []float32, g float32) { r.note("colours %d %v", len(c), g) }
func (r *recorder) Pan(x, y float64, glided bool)  { r.note("pan %v %v %v", x, y, glided) }
func (r *recorder) ZoomAt(x, y, f float64)         { r.note("zoom %v %v %v", x, y, f) }
func (r *recorder) Effects(n int)                  { r.note("effects %d", n) }
func (r *recorder) Reveal(id string)               { r.note("reveal %s", id) }

func TestInputsAreCarriedOutInOrder(t *testing.T) {
	var b Inbox
	b.put(input{kind: inResize, a: 3, b: 4, c: 5})
	b.put(input{kind: inCommand, data: []byte("1")})
	b.put(input{kind: inFeed, data: make([]byte, 5)})
	b.put(input{kind: inColours, floats: make([]float32, 8), a: .5})
	b.put(input{kind: inPan, a: 1, b: 2, c: 1})
	b.put(input{kind: inZoom, a: 1, b: 2, c: 3})
	b.put(input{kind: inEffects, a: 2})
	b.put(input{kind: inReveal, text: "q:x"})
	b.put(input{kind: inCommand, data: []byte("2")})
	r := &recorder{}
	if got := string(b.Drain(r)); got != "reply to 2" {
		t.Errorf("reply %q", got)
	}
	want := []string{"resize 3 4 5", "command 1", "feed 5", "colours 8 0.5", "pan 1 2 true", "zoom 1 2 3", "effects 2", "reveal q:x", "command 2"}
	if diff := cmp.Diff(want, r.log); diff != "" {
		t.Error(diff)
	}
	if b.Pending() || b.Drain(r) != nil {
		t.Error("the inbox is not empty")
	}
}

// A panel model may make the page send a command while a frame is under way:
// it must wait, not act in the middle of another.
func TestInputFromWithinAnInputWaits(t *testing.T) {
	var b Inbox
	r := &recorder{inner: func(r *recorder, json string) {
		if json == "first" {
			b.put(input{kind: inCommand, data: []byte("second")})
			if got := b.Drain(r); got != nil {
				t.Errorf("drained within a drain: %q", got)
			}
		}
	}}
	b.put(input{kind: inCommand, data: []byte("first")})
	b.Drain(r)
	if !b.Pending() {
		t.Fatal("the second command is gone")
	}
	b.Drain(r)
	if diff := cmp.Diff([]string{"command first", "command second"}, r.log); diff != "" {
		t.Error(diff)
	}
}

func TestInboxIsBoundedAndCountsWhatItDrops(t *testing.T) {
	var b Inbox
	for range maxInbox + 3 {
		b.put(input{kind: inPan})
	}
	if b.Dropped != 3 {
		t.Errorf("dropped %d, want 3", b.Dropped)
	}
}

func TestACrowdedInboxCanBeWorkedOffBetweenFrames(t *testing.T) {
	var b Inbox
	for i := range maxInbox * 3 {
		b.put(input{kind: inFeed, data: []byte{byte(i)}})
		if b.Crowded() {
			b.Drain(&recorder{})
		}
	}
	if b.Dropped != 0 {
		t.Errorf("%d pieces of a stream were lost while no frame came", b.Dropped)
	}
}

func TestOutboxWritesOnlyWhatChanged(t *testing.T) {
	l := &scene.List{
		LabelVersion: 1, ProxyVersion: 1,
		Labels:  []scene.Label{{Text: "still"}, {Text: "moves", Dynamic: true, X: 1, Y: 2, Alpha: 1}},
		Proxies: []scene.Proxy{{ID: "q:a"}, {Msg: 1, Role: scene.RoleMessage, X: 5}},
	}
	var o Outbox
	o.Put(l)
	first := o.Frame
	l.Labels[1].X = 9
	o.Put(l)
	if o.Frame.LabelVersion != first.LabelVersion || o.Frame.ProxyVersion != first.ProxyVersion {
		t.Error("a label that moves is not a new text")
	}
	if diff := cmp.Diff([]float32{9, 2, 1}, o.places); diff != "" {
		t.Error(diff)
	}
	l.LabelVersion++
	o.Put(l)
	if o.Frame.LabelVersion != first.LabelVersion+1 {
		t.Error("a new text must be told")
	}
	if n := testing.AllocsPerRun(100, func() { l.LabelVersion++; l.ProxyVersion++; o.Put(l) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func TestRefusalsAreJSON(t *testing.T) {
	var r struct {
		OK    bool
		Error struct{ Code, Text, Path string }
	}
	if err := json.Unmarshal(Refusal("unknown-op", `no op "x"`, "op"), &r); err != nil || r.OK || r.Error.Code != "unknown-op" || r.Error.Text != `no op "x"` || r.Error.Path != "op" {
		t.Errorf("%+v %v", r, err)
	}
}
