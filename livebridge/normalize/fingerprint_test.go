package normalize

import (
	"testing"
	"time"
)

func TestMessagesThatDifferInAnyPropertyAreToldApart(t *testing.T) {
	print := func(props map[string]any) fingerprint {
		return fingerprintOf("x", []string{"k"}, props, []byte("body"))
	}
	headers := func(h map[string]any) map[string]any {
		return map[string]any{"content_type": "text/plain", "headers": h}
	}
	seen := map[fingerprint]int{}
	for i, p := range []map[string]any{
		nil,
		{"content_type": "text/plain"},
		{"content_type": "text/plain", "user_id": "guest"},
		headers(map[string]any{"a": "1"}),
		headers(map[string]any{"a": "2"}),
		headers(map[string]any{"a": []any{"1", int32(2)}}),
		headers(map[string]any{"a": []any{"1"}, "b": int32(2)}),
		headers(map[string]any{"a": map[string]any{"b": "1"}}),
		headers(map[string]any{"a": nil}),
		headers(map[string]any{"a": time.Unix(5, 0)}),
		headers(map[string]any{"a": true}),
		headers(map[string]any{"a": 2.5}),
	} {
		f := print(p)
		if other, same := seen[f]; same {
			t.Errorf("%v is taken for number %d", p, other)
		}
		seen[f] = i
		if f != print(p) {
			t.Errorf("%v has two fingerprints", p)
		}
	}
	if print(headers(map[string]any{"a": "1"})) != print(headers(map[string]any{"a": "1", "x-delivery-count": int64(3)})) {
		t.Error("a quorum queue's redelivery is not recognized")
	}
}

func TestKeysAndBodyCannotTradePlaces(t *testing.T) {
	a := fingerprintOf("x", []string{"k", ""}, nil, []byte("b"))
	for _, b := range []fingerprint{
		fingerprintOf("x", []string{"k"}, nil, []byte("b")),
		fingerprintOf("xk", []string{""}, nil, []byte("b")),
		fingerprintOf("x", []string{"k", "b"}, nil, nil),
	} {
		if a == b {
			t.Error("two messages with one fingerprint")
		}
	}
}
