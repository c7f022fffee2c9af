package rpc

import "strings"

// runSteps runs a list of steps, pc being the next one. args and ctx are what
// the steps may refer to. Its value is that of the step that returned.
func (s *System) runSteps(i int32, f *frame) bool {
	t := &s.tasks[i]
	if f.pc > 0 && !t.fail.isNone() {
		if fail := t.fail; !f.steps[f.pc-1].Continue {
			return s.raise(i, fail)
		}
		t.fail = failure{}
		s.failed++
	}
	if f.pc > 0 {
		if name := f.steps[f.pc-1].Save; name != "" {
			f.args = f.args.With(name, t.value)
		}
	}
	if int(f.pc) == len(f.steps) {
		return s.pop(i, Value{})
	}
	f.pc++
	return s.begin(i, f, &f.steps[f.pc-1])
}

// begin starts one step of the list in f.
func (s *System) begin(i int32, f *frame, st *Step) bool {
	t := &s.tasks[i]
	switch st.Kind {
	case StepSleep:
		d := st.For.Draw(&s.times)
		if t.serves() {
			d = s.stretch(t.proc, d)
		}
		s.sleep(i, d)
		return false
	case StepBusy:
		d := s.stretch(t.proc, st.For.Draw(&s.times))
		if p := &s.procs[t.proc]; p.green() {
			p.busy, p.busyTask = s.now+d, i
			s.missBeats(t.proc, d)
		}
		s.sleep(i, d)
		return false
	case StepCleanup:
		return s.push(i, frame{op: opCleanup})
	case StepCall, StepMulticall, StepCast, StepFanout:
		to := fill(Str(st.Server), &f.args)
		op := opCall
		if (st.Kind == StepCall || st.Kind == StepMulticall) && s.procs[t.proc].cfg.Options.Profile.Old() {
			op = opClassic
		}
		return s.push(i, frame{op: op, step: st, server: to.Text, args: fill(st.Args, &f.args), ctx: merge(&f.ctx, fill(st.Context, &f.args))})
	case StepYield:
		return s.yielded(i, fill(st.Value, &f.args))
	case StepNotify:
		return s.push(i, frame{op: opNotify, step: st, args: fill(st.Args, &f.args), ctx: merge(&f.ctx, fill(st.Context, &f.args))})
	case StepREST:
		return s.push(i, frame{op: opREST, step: st, ctx: merge(&f.ctx, fill(st.Context, &f.args))})
	case StepParallel:
		return s.push(i, frame{op: opParallel, step: st, args: f.args, ctx: f.ctx})
	case StepReturn:
		t.status = st.Status
		return s.pop(i, fill(s.chosen(st), &f.args))
	case StepRaise:
		return s.raise(i, raised(st.Class, st.Module, st.Text, st.Expected))
	case StepStopServer:
		s.stop(t.proc, false)
		return true
	case StepExit:
		p := t.proc
		if st.Abrupt {
			s.die(p, s.words.killed)
			return false
		}
		s.pop(i, Value{})
		s.stop(p, true)
		return true
	}
	return true
}

// chosen is what a step returns.
func (s *System) chosen(st *Step) Value {
	if n := len(st.OneOf); n > 0 {
		return st.OneOf[s.places.N(uint64(n))]
	}
	return st.Value
}

// fill replaces texts of the form "${name}" by the argument of that name.
func fill(v Value, args *Value) Value {
	switch v.Kind {
	case String:
		if name, ok := strings.CutPrefix(v.Text, "${"); ok && strings.HasSuffix(name, "}") {
			if x, ok := args.Get(name[:len(name)-1]); ok {
				return x
			}
		}
	case Array, Object:
		if !refers(&v) {
			return v
		}
		items := make([]Value, len(v.Items))
		for i := range v.Items {
			items[i] = fill(v.Items[i], args)
		}
		v.Items = items
	}
	return v
}

func refers(v *Value) bool {
	if v.Kind == String {
		return strings.HasPrefix(v.Text, "${")
	}
	for i := range v.Items {
		if refers(&v.Items[i]) {
			return true
		}
	}
	return false
}

// merge is the context of a request: what came in, then what the step adds.
func merge(in *Value, own Value) Value {
	if len(in.Keys) == 0 {
		return own
	}
	out := *in
	for i, k := range own.Keys {
		out = out.With(k, own.Items[i])
	}
	return out
}

// runThread repeats a thread's steps: c is how many runs are left (−1 for ever), at when the next begins.
func (s *System) runThread(i int32, f *frame) bool {
	th := &s.procs[s.tasks[i].proc].cfg.Threads[f.a]
	switch f.pc {
	case 0:
		f.pc, f.c = 1, int32(th.Times)
		if th.Times == 0 {
			f.c = -1
		}
		f.at = s.now + th.StartAt.Draw(&s.times)
		s.sleep(i, f.at-s.now)
		return false
	case 1:
		if f.c > 0 {
			f.c--
		}
		f.pc = 2
		f.at = s.now + max(th.Every.Draw(&s.times), 1e6) // a run that took too long is not made up for
		return s.push(i, frame{op: opSteps, steps: th.Steps})
	}
	f.pc = 1
	if !s.tasks[i].fail.isNone() {
		s.failed++
		s.tasks[i].fail = failure{}
	}
	if f.c == 0 {
		return s.pop(i, Value{})
	}
	s.sleep(i, f.at-s.now)
	return false
}

// runParallel runs each branch in a thread of its own; b counts those that still run, a identifies the frame.
func (s *System) runParallel(i int32, f *frame) bool {
	if f.pc == 0 {
		f.pc = 1
		f.b = int32(len(f.step.Branches))
		args, ctx, branches := f.args, f.ctx, f.step.Branches
		depth := int32(len(s.tasks[i].frames) - 1)
		for _, steps := range branches {
			s.start(s.tasks[i].proc, frame{op: opBranch, a: i, b: depth, steps: steps, args: args, ctx: ctx})
			if !s.tasks[i].alive { // the branch ended the process at once, and its threads with it
				return false
			}
		}
		f = s.top(i)
	}
	if f.b > 0 {
		return false
	}
	if fail := f.fail; !fail.isNone() {
		return s.raise(i, fail)
	}
	return s.pop(i, Value{})
}

// runBranch is one branch; it tells task a, whose frame b waits.
func (s *System) runBranch(i int32, f *frame) bool {
	if f.pc == 0 {
		f.pc = 1
		return s.push(i, frame{op: opSteps, steps: f.steps, args: f.args, ctx: f.ctx})
	}
	fail, parent, depth := s.tasks[i].fail, f.a, f.b
	s.pop(i, Value{})
	w := &s.tasks[parent].frames[depth]
	w.b--
	if w.fail.isNone() {
		w.fail = fail
	}
	s.wake(parent, input{})
	return true
}
