// Command replay runs the programs of a file of recorded answers on the model
// and says after how many it first differs from them. It is built anew for
// each mutant of the model.
package main

import (
	"fmt"
	"os"
	"time"

	"rpcscope/livebridge/oracle"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: replay FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

// slow reports whether the model takes far longer than it should over a
// program, however often it tries; one millisecond is much.
func slow(r *oracle.Recorded) bool {
	for range 5 {
		began := time.Now()
		oracle.Model(r.Program)
		if time.Since(began) < 50*time.Millisecond {
			return false
		}
	}
	return true
}

// run prints the number of programs it took to find a difference, 0 for none, and the difference.
func run(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := oracle.ReadAnswers(f)
	if err != nil {
		return err
	}
	for i := range all {
		d := all[i].Replay()
		if d == nil && slow(&all[i]) {
			d = &oracle.Difference{Program: all[i].Program, At: len(all[i].Program), Model: "  takes too long\n"}
		}
		if d != nil {
			fmt.Printf("%d\n%s\n%s", i+1, all[i].Name, d)
			return nil
		}
	}
	fmt.Println(0)
	return nil
}
