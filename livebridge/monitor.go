package livebridge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// monitor knows how the taps stand and puts it in words. It may be used from
// several goroutines; times come in from outside.
type monitor struct {
	set *settings

	mu         sync.Mutex
	vhosts     []*vhostState // as set.VHosts
	events     bool
	management bool
	// asking: the management API was not asked yet.
	asking bool
	// managementWhy says why the management API is not used.
	managementWhy string
	reconnects    uint64
	// over: no further attempt will be made, and no answer is waited for.
	over bool
}

type vhostState struct {
	name   string
	up     bool
	fault  *fault
	retry  time.Time // next attempt
	since  time.Time // of the connection
	wasUp  bool      // some connection before this one was up
	keyCut time.Time // last time error 541 cut the tap off
	// longQueue is the name of a queue too long for a trace key, when one is known.
	longQueue string
	record    time.Time // last firehose record
	tracing   tracing
	coverage  coverage
}

// tracing is what is known about a virtual host's firehose.
type tracing struct {
	on, known bool
	at        time.Time
}

func newMonitor(set *settings) *monitor {
	m := &monitor{set: set, managementWhy: "not asked yet", asking: set.mgmt != nil}
	if set.mgmt == nil {
		m.managementWhy = "switched off"
	}
	for _, v := range set.VHosts {
		m.vhosts = append(m.vhosts, &vhostState{name: v})
	}
	return m
}

func (m *monitor) vhost(name string) *vhostState {
	for _, v := range m.vhosts {
		if v.name == name {
			return v
		}
	}
	return nil
}

// watches reports whether a virtual host is among those to be watched.
func (m *monitor) watches(vhost string) bool { return slices.Contains(m.set.VHosts, vhost) }

// tapped takes a report of a virtual host's tap.
func (m *monitor) tapped(vhost string, r tapReport, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.vhost(vhost)
	if r.up {
		if v.wasUp {
			m.reconnects++
		}
		// What was known of tracing ended with the connection: it is off after a restart.
		v.up, v.wasUp, v.fault, v.since, v.tracing, v.coverage = true, true, nil, now, tracing{}, coverage{}
		return
	}
	v.up, v.fault, v.retry = false, r.fault, now.Add(r.retry)
	if r.fault.state == TraceKeyTooLong {
		v.keyCut = now
	}
}

// eventsTapped takes a report of the event exchange's tap.
func (m *monitor) eventsTapped(r tapReport) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = r.up
}

func (m *monitor) readsEvents() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events
}

// received notes a firehose record.
func (m *monitor) received(vhost string, publish bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.vhost(vhost)
	v.record = now
	v.tracing = tracing{on: true, known: true, at: now}
	if publish {
		v.coverage.saw(now)
	}
}

// looked takes what the management API said about a virtual host, or why it did not.
func (m *monitor) looked(vhost string, f vhostFacts, err error, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.management, m.asking = err == nil, false
	if err != nil {
		m.managementWhy = strings.TrimPrefix(err.Error(), errManagement.Error()+": ")
		return
	}
	v := m.vhost(vhost)
	// A record that arrived after the question was put knows better than the answer.
	if f.Tracing || now.Sub(v.record) > time.Second {
		if f.Tracing && v.tracing.known && !v.tracing.on {
			v.coverage = coverage{}
		}
		v.tracing = tracing{on: f.Tracing, known: true, at: now}
	}
	if v.up {
		v.coverage.counted(f.Stats.Publish, v.since, now)
	}
}

// longName notes a queue whose trace key cannot be sent; "" for none.
func (m *monitor) longName(vhost, queue string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.vhost(vhost).longQueue = queue
}

// wants lists the virtual hosts that the management API should be asked
// about: seldom where traffic flows, since then tracing is on, and every few
// seconds where it might have been switched.
func (m *monitor) wants(now time.Time) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, v := range m.vhosts {
		if v.up && (now.Sub(v.record) > 2*time.Second || now.Sub(v.coverage.asked) > 10*time.Second) {
			names = append(names, v.name)
		}
		if v.up {
			v.coverage.asked = now
		}
	}
	return names
}

// connected lists the virtual hosts whose tap is up.
func (m *monitor) connected() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, v := range m.vhosts {
		if v.up {
			names = append(names, v.name)
		}
	}
	return names
}

// end tells that it is over: what was not said by now will not be said.
func (m *monitor) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over, m.asking = true, false
	for _, v := range m.vhosts {
		if !v.up && v.fault == nil {
			v.fault = &fault{state: BrokerGone, vhost: v.name, why: "it did not answer in the time given"}
		}
	}
}

// silent lists how the virtual hosts stand from which nothing came, when that has a cause that can be mended.
func (m *monitor) silent(now time.Time) []VHostStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []VHostStatus
	for _, v := range m.vhosts {
		if s := m.describe(v, now); v.record.IsZero() && s.State != OK && s.State != Idle {
			all = append(all, s)
		}
	}
	return all
}

// status describes the moment. Counts, lag and viewers are the caller's to fill in.
func (m *monitor) status(now time.Time) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	zone, offset := now.Zone()
	s := Status{
		Broker: m.set.broker(), VHosts: m.set.VHosts,
		Management: m.management, Events: m.events, Reconnects: m.reconnects,
		QuietMs: -1, Clock: now.Format(time.RFC3339Nano), Zone: zone, OffsetMin: offset / 60,
		Tracing: "on", TracingHow: "the management API says so",
	}
	worst := len(gravest)
	var last time.Time
	for _, v := range m.vhosts {
		vs := m.describe(v, now)
		s.ByVHost = append(s.ByVHost, vs)
		if rank := slices.Index(gravest[:], vs.State); rank < worst {
			worst, s.State, s.Text, s.Remedy = rank, vs.State, vs.Text, vs.Remedy
		}
		if !v.up && (s.NextRetry.IsZero() || v.retry.Before(s.NextRetry)) {
			s.NextRetry = v.retry
		}
		if v.record.After(last) {
			last = v.record
		}
		s.traced(v, m, now)
	}
	s.Coverage = m.coverage()
	if !last.IsZero() {
		s.QuietMs = now.Sub(last).Milliseconds()
	}
	if len(m.vhosts) == 1 {
		s.ByVHost = nil
	}
	return s
}

// traced folds one virtual host's tracing into the whole: off is worse than unknown, unknown worse than on.
func (s *Status) traced(v *vhostState, m *monitor, now time.Time) {
	switch {
	case v.tracing.known && !v.tracing.on:
		s.Tracing, s.TracingHow = "off", "the management API says so"
	case s.Tracing == "off":
	case !v.tracing.known || !m.management && now.Sub(v.record) > m.set.IdleAfter:
		s.Tracing, s.TracingHow = "unknown", "the management API is not available: "+m.managementWhy
	case now.Sub(v.record) < m.set.IdleAfter && s.Tracing == "on":
		s.TracingHow = "traced messages arrive"
	}
}

// keyCutFor is how long a tap that was cut off by error 541 is said to suffer from it.
const keyCutFor = time.Minute

func (m *monitor) describe(v *vhostState, now time.Time) VHostStatus {
	s := VHostStatus{VHost: v.name, State: m.stateOf(v, now)}
	w := words{broker: m.set.broker(), vhost: v.name, fault: v.fault, prefix: m.set.QueuePrefix, longQueue: v.longQueue}
	if v.fault != nil {
		w.retry = max(0, v.retry.Sub(now))
	}
	w.up, w.managementWhy, w.traced = v.up, m.managementWhy, v.tracing.known && v.tracing.on && m.management
	w.quiet = now.Sub(later(v.record, v.since))
	w.over = m.over
	w.restarted = m.reconnects > 0 && v.record.Before(v.since)
	s.Text, s.Remedy = w.say(s.State)
	return s
}

func (m *monitor) stateOf(v *vhostState, now time.Time) State {
	switch {
	case !v.keyCut.IsZero() && now.Sub(v.keyCut) < keyCutFor:
		return TraceKeyTooLong
	case v.fault != nil:
		return v.fault.state
	case !v.up:
		return Connecting
	case v.tracing.known && !v.tracing.on:
		return TracingOff
	case !v.tracing.known && m.asking && now.Sub(v.since) < answerLimit:
		return Connecting
	case now.Sub(later(v.record, v.since)) >= m.set.IdleAfter:
		return Idle
	}
	return OK
}

// answerLimit is how long the management API may take to say whether tracing is on before the status does without.
const answerLimit = 2 * time.Second

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
}
