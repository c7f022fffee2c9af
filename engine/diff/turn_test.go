package diff_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rpcscope/engine/diff"
)

// TestAcknowledgementKeepsItsTurn: a client that acknowledges before its next method, and one that does so after it,
// do not do the same. That an acknowledgement may pass the broker's answers on its way is held by the conversations
// of TestConformance, some of which differ from the model in that alone.
func TestAcknowledgementKeepsItsTurn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"18-raw-firehose.frames.jsonl", "19-classic-reenacted.frames.jsonl"} {
		data, err := os.ReadFile(frameFolder + name)
		if err != nil {
			t.Fatal(err)
		}
		type record struct {
			At         json.Number `json:"t"`
			Key        string      `json:"routing_key"`
			Connection string
			Channel    int
		}
		lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
		records := make([]record, len(lines))
		for i, line := range lines {
			if err := json.Unmarshal(line, &records[i]); err != nil {
				t.Fatal(err)
			}
		}
		settles := func(key string) bool {
			return key == "c2s.basic.ack" || key == "c2s.basic.nack" || key == "c2s.basic.reject"
		}
		original, swaps := imported(t, frameFolder+name), 0
		for i, first := range records {
			if !settles(first.Key) {
				continue
			}
			for j := i + 1; j < len(records); j++ {
				next := records[j]
				if next.Connection != first.Connection || next.Channel != first.Channel {
					continue
				}
				if settles(next.Key) || !strings.HasPrefix(next.Key, "c2s.") {
					break
				}
				c := append([][]byte(nil), lines...)
				c[i] = bytes.Replace(lines[j], []byte(next.At), []byte(first.At), 1)
				c[j] = bytes.Replace(lines[i], []byte(first.At), []byte(next.At), 1)
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, bytes.Join(c, []byte("\n")), 0o600); err != nil {
					t.Fatal(err)
				}
				if swaps++; diff.Compare(original.side(), imported(t, path).side(), 5).Equal {
					t.Errorf("%s: nobody notices that line %d, %s, comes before %s", name, j+1, next.Key, first.Key)
				}
				break
			}
		}
		if swaps < 3 {
			t.Errorf("%s: only %d acknowledgements right before another method", name, swaps)
		}
	}
}
