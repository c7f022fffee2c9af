package main

import (
	"bufio"
	"cmp"
	"fmt"

	"rpcscope/engine/diff"
	"rpcscope/engine/flow"
)

// maxDifferences bounds --max.
const maxDifferences = 100_000

var diffCommand = command{
	name: "diff", args: "A.flow B.flow [--json] [--max N]",
	about: "compare two recordings: what happened, not with which ids, when, or in which order of independent streams",
	more: `Each of A and B is a simulation, an import or a recording. They are compared by what both can say, which is printed
first: everything (two simulations), methods (one is an import of frames), broker or messages (one is a
firehose's). Processes are matched by program and by what they do, connections by what they do. Ids, delivery tags and
names that were made up must correspond one to one; times, durations, addresses, process ids and which virtual host it is do not matter, nor
does what a source deduced (≈ in rpcscope cat). Events are compared in order within each channel's dialogue (with
acknowledgements in their turn, unless the client does not wait for confirms) and its deliveries, and within the life of each queue, exchange, message and call.
Where records were lost, what is missing there is told apart and does not count.
--json prints an object: equal; level; a and b (events, processes, connections, lost); compared (what was held against
what); differences_total, maybe_lost_total (what losses may account for), consequences_total (what follows from a
difference already told); differences, each with where, words, and a and b: lines with at_ns, text, and differs (false: context); notes.
Exit codes: 0 nothing differs, 1 something does or the comparison failed, 2 called wrongly.`,
	prepare: func(e *env, f *flags) func([]string) error {
		asJSON := f.Bool("json", false, "print one JSON object")
		most := f.Int("max", 20, "`N`: how many differences to tell of; all are counted")
		return func(args []string) error {
			if err := exactly("diff", args, 2, "a recording to compare, A.flow or B.flow,"); err != nil {
				return err
			}
			if *most < 0 || *most > maxDifferences {
				return usagef("diff", "--max must be between 0 and %d", maxDifferences)
			}
			a, damagedA, err := readSide(e, args[0])
			if err != nil {
				return err
			}
			b, damagedB, err := readSide(e, args[1])
			if err != nil {
				return err
			}
			r := diff.Compare(a, b, *most)
			if err := cmp.Or(printDiff(e, r, *asJSON), damagedA, damagedB); err != nil {
				return err
			}
			if !r.Equal {
				return errSilent
			}
			return nil
		}
	},
}

// readSide reads a recording. Of a damaged one, what could be read is compared nevertheless.
func readSide(e *env, path string) (side *diff.Stream, damaged, err error) {
	var names flow.Names
	r, file, err := openRecording(e.ctx, path, &names)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	side = diff.New(&names)
	damaged = readInto(e.ctx, path, r, side)
	if e.ctx.Err() != nil {
		return nil, nil, errInterrupted
	}
	if err := side.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return side, damaged, nil
}

func printDiff(e *env, r *diff.Result, asJSON bool) error {
	w := bufio.NewWriter(e.stdout)
	if asJSON {
		return cmp.Or(printJSON(w, r), w.Flush())
	}
	_, err := w.WriteString(flow.Visible(string(r.AppendText(nil))))
	return cmp.Or(err, w.Flush())
}
