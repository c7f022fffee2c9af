package bridge

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/player"
)

func values(t *testing.T, doc []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

func TestThePanelHasEveryField(t *testing.T) {
	for name, prepare := range map[string]func(p *player.Panel){
		"full": func(p *player.Panel) {
			n := 0
			fill(reflect.ValueOf(p).Elem(), &n)
		},
		"empty": func(*player.Panel) {},
		"lists without elements": func(p *player.Panel) {
			p.Actions, p.Announce, p.Live, p.Select = []player.Action{}, []string{}, &player.LiveStatus{}, &player.Selection{Why: &player.Why{}}
		},
	} {
		p := &player.Panel{}
		prepare(p)
		want, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		want = append(p.AppendLong(append(want[:len(want)-1], ',')), '}') // the strip and the log, which have no tags
		if diff := cmp.Diff(values(t, want), values(t, AppendPanel(nil, p))); diff != "" {
			t.Errorf("%s (-by the tags +by hand):\n%s", name, diff)
		}
	}
}
