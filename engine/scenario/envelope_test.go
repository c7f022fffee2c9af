package scenario_test

import (
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// Before Nova switched envelopes on, a body was the bare message: the same text, but not within another.
func TestClassicMessagesWithoutTheEnvelope(t *testing.T) {
	sizes := map[bool][]uint32{}
	for _, wrapped := range []bool{true, false} {
		options := `, "send_rpc_envelope": true`
		if !wrapped {
			options = `, "send_rpc_envelope": false`
		}
		s, _ := play(t, oldPair("classic", options, `{"returns": 7}`, `{"call": "m", "topic": "compute"}, {"cast": "m", "topic": "compute"}, {"fanout": "m", "topic": "compute"}`), 10e9)
		for _, m := range s.published() {
			if m.Has(flow.HasEnvelope) != wrapped {
				t.Errorf("send_rpc_envelope %v: %s", wrapped, m.Class)
			}
			sizes[wrapped] = append(sizes[wrapped], m.Size)
		}
		if n := len(s.kinds(flow.Reply)); n != 1 {
			t.Errorf("%d answers", n)
		}
	}
	if len(sizes[false]) != 5 || len(sizes[true]) != 5 {
		t.Fatalf("%v", sizes)
	}
	for i, n := range sizes[false] {
		if n+42 > sizes[true][i] {
			t.Errorf("message %d has %d bytes, %d with the envelope", i+1, n, sizes[true][i])
		}
	}
}

// Qpid's client library has no place for long texts in a map; such a message is JSON.
func TestLongMessagesOfQpidAreJSON(t *testing.T) {
	long := strings.Repeat("x", 3900)
	args := `"a0": "` + long + `"`
	for i := 1; i < 18; i++ {
		args += `, "a` + string(rune('a'+i)) + `": "` + long + `"`
	}
	s, _ := play(t, `{"title": "x", "profile": "qpid-2", "processes": [
		{"name": "s@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "c@h", "start": "1s", "threads": [{"steps": [{"call": "m", "topic": "t", "args": {`+args+`}}, {"call": "m", "topic": "t", "args": {"a": 1}}]}]}]}`, 10e9)
	long1, short := 0, 0
	for _, m := range s.published() {
		if strings.Contains(s.text(m.Props), "application/json; charset=utf8") {
			long1++
		} else {
			short++
		}
	}
	if long1 != 1 || short != 5 || len(s.kinds(flow.Reply)) != 2 {
		t.Errorf("%d in JSON, %d as maps, %d answers", long1, short, len(s.kinds(flow.Reply)))
	}
}

// A receiver daemon makes no socket for a topic that would leave its directory.
func TestReceiverDaemonsRefusePathSeparators(t *testing.T) {
	s, _ := play(t, hosts("", `{"cast": "m", "topic": "../x", "server": "h1", "missing": true}, {"cast": "m", "topic": "a/b", "server": "h1", "missing": true}, {"cast": "m", "topic": "compute", "server": "h1"}`, ""), 20e9)
	drops := s.kinds(flow.Drop)
	if len(drops) == 0 || s.text(drops[len(drops)-1].Label) != "path separator in the topic" || len(s.kinds(flow.Deliver)) != 1 {
		t.Errorf("%d dropped, %d delivered", len(drops), len(s.kinds(flow.Deliver)))
	}
}
