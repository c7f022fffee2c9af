package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"rpcscope/livebridge/rabbittest"
)

func TestItObeysLinesAndEndsWithItsInput(t *testing.T) {
	stdin, commands := io.Pipe()
	answers, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(t.Context(), stdin, stdout)
		stdout.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(answers)
	read := func() (m map[string]any) {
		if !lines.Scan() {
			err := <-ended
			if errors.Is(err, rabbittest.ErrMissing) {
				t.Skipf("%s needs a real broker. %v", t.Name(), err)
			}
			t.Fatalf("it ended: %v", err)
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		return m
	}
	first := read()
	for _, key := range []string{"amqp", "management", "pid", "log"} {
		if first[key] == nil {
			t.Errorf("no %s in %v", key, first)
		}
	}
	for _, c := range []struct {
		line string
		ok   bool
	}{
		{"vhost a", true},
		{"trace_on a", true},
		{"trace_off a", true},
		{"user u p monitoring", true},
		{"permit a u .* .* .*", true},
		{"permit nowhere u .* .* .*", false},
		{"restart", false}, // it runs
		{"dance", false},
		{"kill", true},
		{"kill now", false},
	} {
		if _, err := io.WriteString(commands, c.line+"\n"); err != nil {
			t.Fatal(err)
		}
		if a := read(); a["ok"] != c.ok || !c.ok && a["error"] == "" {
			t.Errorf("%s: %v", c.line, a)
		}
	}
	commands.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
