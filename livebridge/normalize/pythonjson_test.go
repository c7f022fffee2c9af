package normalize

import (
	"encoding/json"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// TestPythonsNumbersThatAreNoneAreRead: oslo.serialization writes NaN and
// Infinity, which Go's encoding/json refuses.
func TestPythonsNumbersThatAreNoneAreRead(t *testing.T) {
	inner := `{"method": "update", "args": {"load": NaN, "max": Infinity, "min": -Infinity, "note": "NaN \" Infinity"}, "_msg_id": "00112233445566778899aabbccddeeff"}`
	text, err := json.Marshal(inner)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{inner, `{"oslo.version": "2.0", "oslo.message": ` + string(text) + `}`} {
		var names flow.Names
		var m flow.Message
		describe(&names, &m, "nova", "compute", nil, []byte(body))
		if m.Class != flow.ClassCall || names.Text(m.Method) != "update" || m.RPC.String() != "00112233445566778899aabbccddeeff" {
			t.Errorf("%s: %+v", body, m)
		}
	}
	for _, body := range []string{`{"method": NaNa}`, `{"a": "NaN}`, `-`, `NaN`, `{"a": -}`, "{\"method\":\"m\",\"args\":{\"a\":\"\xff\"}}"} {
		var names flow.Names
		var m flow.Message
		describe(&names, &m, "nova", "compute", nil, []byte(body))
		if m.Class != flow.ClassOther || !m.Has(flow.NotJSON) {
			t.Errorf("%s: %+v", body, m)
		}
	}
}

func TestIdsThatAreNoHexStayApartAtAnyLength(t *testing.T) {
	seen := map[flow.ID]string{}
	long := strings.Repeat("x", 400)
	for _, id := range []string{`"a"`, `"b"`, `"` + long + `1"`, `"` + long + `2"`, `7`, `"7"`, `""`, `["a"]`} {
		var names flow.Names
		var m flow.Message
		describe(&names, &m, "nova", "compute", nil, []byte(`{"method":"m","_msg_id":`+id+`}`))
		if m.Class != flow.ClassCall || m.RPC.IsZero() || !m.Has(flow.DigestID) {
			t.Errorf("%.20s: %+v", id, m)
		}
		if other, same := seen[m.RPC]; same && id != `"7"` {
			t.Errorf("%.20s and %.20s are one call", id, other)
		}
		seen[m.RPC] = id
	}
}

// TestIdsAreTextsAndNotNumbers: ids that read as the same 16 bytes are two calls' when their texts differ.
func TestIdsAreTextsAndNotNumbers(t *testing.T) {
	const hex = "aabbccdd11223344aabbccdd11223344"
	seen := map[flow.ID]bool{}
	for _, id := range []string{hex, strings.ToUpper(hex), "aabbccdd-1122-3344-aabb-ccdd11223344", "AABBCCDD-1122-3344-AABB-CCDD11223344"} {
		var names flow.Names
		var m, reply flow.Message
		describe(&names, &m, "nova", "compute", nil, []byte(`{"method":"m","_msg_id":"`+id+`"}`))
		describe(&names, &reply, id, id, nil, []byte(`{"result":1,"failure":null}`))
		if m.Has(flow.DigestID) == (id == hex) || reply.RPC != m.RPC {
			t.Errorf("%s: %+v; its reply by exchange: %+v", id, m, reply)
		}
		seen[m.RPC] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d of 4 calls are told apart", len(seen))
	}
}
