package oracle

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Recorded is a program with the answers that a real broker gave to it.
type Recorded struct {
	Name    string
	Program Program
	Answers Answers
}

const atTheEnd = "# at the end"

// ParseAnswers reads what [Program.Script] wrote.
func ParseAnswers(name, script string) (*Recorded, error) {
	p, err := Parse(script)
	if err != nil {
		return nil, err
	}
	r := &Recorded{Name: name, Program: p}
	for _, line := range strings.SplitAfter(script, "\n") {
		switch {
		case strings.TrimSpace(line) == "" || line[0] == '#' && !strings.HasPrefix(line, atTheEnd):
		case line[0] != ' ':
			r.Answers = append(r.Answers, "")
		case len(r.Answers) == 0:
			return nil, errors.New("oracle: an answer before the first operation")
		default:
			r.Answers[len(r.Answers)-1] += line
		}
	}
	if len(r.Answers) != len(p)+1 {
		return nil, fmt.Errorf("oracle: %d answers to %d operations", len(r.Answers), len(p))
	}
	return r, nil
}

// heading begins each program of a file of many.
const heading = "## "

// WriteAnswers writes programs with their answers, compressed.
func WriteAnswers(w io.Writer, all []Recorded) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, r := range all {
		if _, err := fmt.Fprintf(z, "%s%s\n%s", heading, r.Name, r.Program.Script(r.Answers)); err != nil {
			return err
		}
	}
	return z.Close()
}

// ReadAnswers reads what [WriteAnswers] wrote.
func ReadAnswers(in io.Reader) (all []Recorded, err error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	var name string
	var script strings.Builder
	flush := func() error {
		if name == "" {
			return nil
		}
		r, err := ParseAnswers(name, script.String())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, *r)
		script.Reset()
		return nil
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), heading); ok {
			if err := flush(); err != nil {
				return nil, err
			}
			name = n
			continue
		}
		script.WriteString(lines.Text() + "\n")
	}
	if err := errors.Join(lines.Err(), flush()); err != nil {
		return nil, err
	}
	return all, nil
}

// replayLimit is how long the model may take over one program; it takes less than a millisecond.
const replayLimit = 10 * time.Second

// Replay runs the program on the model and compares it with the record; nil when they agree.
func (r *Recorded) Replay() *Difference {
	result := make(chan *Difference, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				result <- &Difference{Program: r.Program, Model: fmt.Sprintf("  panic: %v\n", fault)}
			}
		}()
		result <- compare(r.Program, Model(r.Program), r.Answers)
	}()
	select {
	case d := <-result:
		return d
	case <-time.After(replayLimit):
		return &Difference{Program: r.Program, Model: "  no end\n"}
	}
}
