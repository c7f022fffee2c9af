package scenario

import (
	"errors"
	"strconv"

	"rpcscope/engine/rpc"
)

// ErrRunaway is wrapped by the error of a world that does more than it may:
// too many events at once, or more and more messages that nobody takes, or requests that never end.
var ErrRunaway = errors.New("the scenario grows without bound")

// The bounds of a world.
const (
	// MaxSteps is how many scheduled events may run within one second of the world's time.
	MaxSteps = 100_000
	// MaxBytes is how many bytes of messages may be written in that second.
	MaxBytes = 64 << 20
	// MaxPending is how many may be scheduled at once.
	MaxPending = 200_000
	// MaxHeld is how many messages may wait at once: in the broker, and in processes that have taken them.
	MaxHeld = 50_000
	// MaxThreads is how many threads all processes may have at once.
	MaxThreads = 10_000
	// MaxConnections is how many connections may be made in all: each process that starts again makes new ones.
	MaxConnections = 50_000
)

const (
	// lookEvery is after how many scheduled events all that may grow is looked at.
	lookEvery = 64
	// stepBytes is how many bytes of messages take about as long to write as another scheduled event takes.
	stepBytes = 1024
)

// bounds counts what a world does within a second.
type bounds struct {
	// second is the one that is counted, steps the scheduled events in it, from what had been written when it began.
	second, from int64
	steps        int
	// ran is how many scheduled events ran in all, written the bytes up to the last of them.
	ran     uint64
	written int64
}

// excess is a bound that was crossed, and how to stay within it.
type excess struct{ what, remedy string }

const (
	fewer = "let less happen at a time: make its threads slower, or start its processes one after another"
	takes = "let them be taken as fast as they come, or limit queues by a policy"
)

// count counts an event that has just run at time now. Work is how many ordinary ones it took the time of.
func (b *bounds) count(now int64, s *rpc.System) (work int, e *excess) {
	bytes := s.Written()
	work = 1 + int((bytes-b.written)/stepBytes)
	if n := now / second; n != b.second {
		b.second, b.steps, b.from = n, 0, b.written
	}
	b.written = bytes
	b.ran++
	b.steps++
	switch {
	case b.steps > MaxSteps:
		return work, &excess{moreThan(MaxSteps) + " events within a second", fewer}
	case b.written-b.from > MaxBytes:
		return work, &excess{"messages of " + moreThan(MaxBytes>>20) + " MiB within a second", "let them be smaller or fewer"}
	case s.Swollen() != "":
		return work, &excess{"the message " + quote(s.Swollen()) + " has " + moreThan(rpc.MaxBody>>20) + " MiB", "let no message repeat what earlier ones carried"}
	case b.ran%lookEvery != 0:
		return work, nil
	}
	l := s.Load()
	switch {
	case l.Pending > MaxPending:
		e = &excess{moreThan(MaxPending) + " events are scheduled", fewer}
	case l.Threads > MaxThreads:
		e = &excess{moreThan(MaxThreads) + " threads run", "let its requests end: give them a timeout, and let none cause another of its own kind"}
	case l.Held > MaxHeld:
		e = &excess{moreThan(MaxHeld) + " messages wait in queues or sockets", takes}
	case l.Held+l.Waiting > MaxHeld:
		e = &excess{moreThan(MaxHeld) + " messages wait in queues or processes", "let methods take less time, or more processes share the work"}
	case l.Connections > MaxConnections:
		e = &excess{moreThan(MaxConnections) + " connections were made", "let its processes restart less often"}
	}
	return work, e
}

func moreThan(n int) string { return "more than " + strconv.Itoa(n) }

// runaway says what went beyond its bound, when, and where it grows.
func (w *World) runaway(e *excess) error {
	text := ErrRunaway.Error() + " (at " + strconv.FormatInt(w.now/millisecond, 10) + "ms: " + e.what + ")"
	if process, threads := w.system.Busiest(); threads > 0 {
		text += "; most threads are those of " + quote(process) + ": " + strconv.Itoa(threads)
	}
	if process, n := w.system.Fullest(); n > 0 {
		text += "; most messages wait in " + quote(process) + ": " + strconv.Itoa(n)
	}
	if queue, ready := w.system.Broker().Longest(); ready > 0 {
		text += "; the longest queue is " + quote(w.names.Text(queue)) + ": " + strconv.Itoa(ready) + " messages"
	}
	return &runaway{text + "; " + e.remedy}
}

type runaway struct{ text string }

func (r *runaway) Error() string { return r.text }

func (r *runaway) Unwrap() error { return ErrRunaway }
