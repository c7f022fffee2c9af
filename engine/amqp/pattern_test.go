package amqp

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPatternAgainstRegexp draws patterns and texts of few letters, where Go's
// regular expressions mean the same.
func TestPatternAgainstRegexp(t *testing.T) {
	pieces := []string{"a", "b", "c", ".", "*", "+", "?", "|", "(", ")", "^", "$", "[ab]", "[^a]", "[a-b]", `\.`, `\d`, "1", "(?:"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 10).Draw(t, "pattern"), "")
		p := compilePattern(text)
		want, err := regexp.Compile(text)
		if err != nil || strings.Contains(text, "(?)") { // an empty list of options
			return // what Go refuses we need not take
		}
		if p == nil {
			t.Fatalf("%q does not compile", text)
		}
		on := rapid.StringMatching(`[abc1.]{0,8}`).Draw(t, "text")
		if got := p.match(on); got != want.MatchString(on) {
			t.Fatalf("%q on %q: %v", text, on, got)
		}
	})
}

func TestPatternsThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"(", ")", "a)", "a**", "a+*", "a++", "a{2}", "[a", `\`, "*", "(?=a)", strings.Repeat("(", 200), strings.Repeat("a", 3000)} {
		if compilePattern(text) != nil {
			t.Errorf("%.20q compiles", text)
		}
	}
}

func TestPatternTakesNoExponentialTime(t *testing.T) {
	p := compilePattern("(a*)*(a|a)*(a?a?)*b")
	if p.match(strings.Repeat("a", 2000)) {
		t.Error("matches")
	}
}
