package oracle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"rpcscope/livebridge/rabbittest"
)

// rendezvous is where programs meet that share an event of the whole node.
type rendezvous struct {
	act func(*Op) error

	mu      sync.Mutex
	members int
	here    int
	over    chan struct{}
	err     error
}

// arrive says that one more is ready; the channel is closed when the event is over.
func (r *rendezvous) arrive(o *Op) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over == nil {
		r.over = make(chan struct{})
	}
	over := r.over
	r.here++
	r.actIfAll(o)
	return over
}

// leave says that one of the members does not come (any more).
func (r *rendezvous) leave(o *Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members--
	r.actIfAll(o)
}

func (r *rendezvous) actIfAll(o *Op) {
	if r.here == 0 || r.here < r.members || o == nil {
		return
	}
	over := r.over
	r.here, r.over = 0, nil
	go func() {
		err := r.act(o)
		r.mu.Lock()
		if err != nil {
			r.err = err
		}
		r.mu.Unlock()
		close(over)
	}()
}

func (r *rendezvous) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// happen lets an event happen to a node.
func happen(rabbit *rabbittest.Node, o *Op) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	switch o.Verb {
	case Restart:
		rabbit.Shutdown()
		return rabbit.Restart(ctx)
	case AlarmOn:
		return rabbit.Control(ctx, "set_vm_memory_high_watermark", "0.000001")
	case AlarmOff:
		return rabbit.Control(ctx, "set_vm_memory_high_watermark", "0.4")
	}
	return fmt.Errorf("oracle: %s is no event", o)
}

// CheckEvents runs programs that share events, all at the same time. Each
// program holds the same events in the same order. Those that differ are run
// twice more among themselves; what differs each time is returned, by place.
func CheckEvents(rabbit *rabbittest.Node, programs []Program) (different map[int]*Difference, err error) {
	var again []int
	for range 3 {
		different, err = company(rabbit, programs, again)
		if err != nil || len(different) == 0 {
			return nil, err
		}
		again = again[:0:0]
		for i := range different {
			again = append(again, i)
		}
	}
	return different, nil
}

// company runs the programs of the given places, all when there are none given.
func company(rabbit *rabbittest.Node, programs []Program, places []int) (map[int]*Difference, error) {
	if places == nil {
		for i := range programs {
			places = append(places, i)
		}
	}
	r := &rendezvous{members: len(places), act: func(o *Op) error { return happen(rabbit, o) }}
	var mu sync.Mutex
	var all sync.WaitGroup
	different, errs := map[int]*Difference{}, []error{}
	for _, i := range places {
		all.Add(1)
		go func() {
			defer all.Done()
			d, err := alone(rabbit, r, fmt.Sprintf("e%d", i), programs[i])
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("program %d: %w", i, err))
			} else if d != nil {
				different[i] = d
			}
		}()
	}
	all.Wait()
	return different, errors.Join(errs...)
}

// alone runs one of a company.
func alone(rabbit *rabbittest.Node, r *rendezvous, name string, p Program) (*Difference, error) {
	rest := eventsOf(p)
	done := 0
	w, err := NewWorker(rabbit, name)
	if err == nil {
		defer w.Remove()
		w.shared = r
		w.patience = 2 * patience // everybody acts at once
		var d *Difference
		d, _, err = w.Run(p)
		if d == nil && err == nil {
			return nil, nil
		}
		// It ended before its time: the others must not wait for it.
		if d != nil {
			done = len(eventsOf(p[:min(d.At+1, len(p))]))
			if done < len(rest) {
				r.leave(&rest[done])
			}
			return d, err
		}
	}
	if done < len(rest) {
		r.leave(&rest[done])
	}
	return nil, err
}

func eventsOf(p Program) (events []Op) {
	for _, o := range p {
		if o.Verb == Restart || o.Verb == AlarmOn || o.Verb == AlarmOff {
			events = append(events, o)
		}
	}
	return events
}
