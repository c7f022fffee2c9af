package flow_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

func TestWhatIsHiddenInANameShows(t *testing.T) {
	for in, want := range map[string]string{
		"nova-compute@host1":            "nova-compute@host1",
		"":                              "",
		"two\nlines\tand a tab":         "two\nlines\tand a tab",
		"\u202egnp.exe":                 "‹U+202E›gnp.exe",
		"a\u200bb\u2060c\ufeffd":        "a‹U+200B›b‹U+2060›c‹U+FEFF›d",
		"\x1b[2J\x07":                   "‹U+1B›[2J‹U+7›",
		"\u009b31m":                     "‹U+9B›31m",
		"a\x00b\x7f":                    "a‹U+0›b‹U+7F›",
		"\U000e0041":                    "‹U+E0041›",
		"👩\u200d💻":                      "👩\u200d💻",
		"می\u200cخواهم":                 "می\u200cخواهم",
		"عربي":                          "عربي",
		"Việt e\u0323\u0302":            "Việt e\u0323\u0302",
		"z" + repeat("\u0337", 9):       "z" + repeat("\u0337", 2) + "‹+7›",
		"z" + repeat("\u0337", 5) + "y": "z" + repeat("\u0337", 2) + "‹+3›y",
		"<img src=x onerror=a()>":       "<img src=x onerror=a()>",
		"bad \xff byte":                 "bad \ufffd byte",
	} {
		if got := flow.Visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// Nothing that is hidden gets into the words or the lines of a recording, and the lines still say what was there.
func TestNoFormCarriesWhatIsHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.SampledFrom([]rune("ab \"\\\n\x00\x1b\x7f\u009b\u00ad\u061c\u200b\u200d\u200e\u202e\u2066\ufeffé\u0337م👩"))).Draw(t, "name")
		var names flow.Names
		e := flow.Event{Kind: flow.Drop, Msg: 1, Queue: names.Intern(name)}
		line := flow.AppendJSON(nil, &names, &e, nil)
		for form, text := range map[string]string{"words": string(flow.AppendText(nil, &names, &e, nil)), "line": string(line)} {
			for _, r := range text {
				if flow.Hidden(r) {
					t.Errorf("%s: U+%X in %q", form, r, text)
				}
			}
		}
		var got struct{ Queue string }
		if err := json.Unmarshal(line, &got); err != nil || got.Queue != name {
			t.Errorf("%s: %q is not %q: %v", line, got.Queue, name, err)
		}
		if v := flow.Visible(name); !utf8.ValidString(v) || flow.Visible(v) != v {
			t.Errorf("%q is shown as %q", name, v)
		}
	})
}

func TestWhatIsShownAsItIsIsNotCopied(t *testing.T) {
	for _, s := range []string{"compute.host1", "reply_2a4a…77a7", "server1 · pid 14409", "日本語 имя", "two\nlines"} {
		if n := testing.AllocsPerRun(10, func() { flow.Visible(s) }); n > 0 || flow.Visible(s) != s {
			t.Errorf("%q becomes %q with %v allocations", s, flow.Visible(s), n)
		}
	}
}
