package stats

import (
	"cmp"
	"slices"

	"rpcscope/engine/flow"
)

// Classes are the counts by class, under the names that `rpcscope stats --json` prints.
type Classes struct {
	Call         int64 `json:"call"`
	Reply        int64 `json:"reply"`
	Cast         int64 `json:"cast"`
	Fanout       int64 `json:"fanout"`
	Notification int64 `json:"notification"`
	Other        int64 `json:"other"`
}

// Total returns the sum.
func (c Classes) Total() int64 {
	return c.Call + c.Reply + c.Cast + c.Fanout + c.Notification + c.Other
}

// Calls are the counts of calls. Total counts distinct `_msg_id`s; a late reply answers too.
type Calls struct {
	Total         int64 `json:"total"`
	AnsweredOK    int64 `json:"answered_ok"`
	AnsweredError int64 `json:"answered_error"`
	Unanswered    int64 `json:"unanswered"`
	// LateReplies counts calls whose first answer was published later than the call's expiration after it.
	LateReplies int64 `json:"late_replies"`
	// HeartbeatReplies counts replies whose `ending` is false.
	HeartbeatReplies int64 `json:"heartbeat_replies"`
}

// REST are the counts of HTTP requests between services. A response that came after its request was given up is in two of them.
type REST struct {
	Requests int64 `json:"requests"`
	// Answered counts responses with a status below 400, Refused those with another.
	Answered int64 `json:"answered"`
	Refused  int64 `json:"refused"`
	// NoResponse counts requests that were given up: connection refused or cut off, or time-out.
	NoResponse int64 `json:"no_response"`
}

// Methods are published messages by method.
type Methods struct {
	Call   map[string]int64 `json:"call"`
	Cast   map[string]int64 `json:"cast"`
	Fanout map[string]int64 `json:"fanout"`
}

// Report is the object that `rpcscope stats --json` prints.
type Report struct {
	Events int64 `json:"events"`
	// DurationNs spans what the broker did; restated topology does not count.
	DurationNs int64   `json:"duration_ns"`
	Published  Classes `json:"published"`
	Delivered  Classes `json:"delivered"`
	Calls      Calls   `json:"calls"`
	// REST is only there when there was any: traffic of a broker has none.
	REST REST `json:"rest,omitzero"`
	// Failures counts calls answered in error, by "Class <- method".
	Failures map[string]int64 `json:"failures"`
	Methods  Methods          `json:"methods"`
	// Notifications counts by event type.
	Notifications map[string]int64 `json:"notifications"`
	// Unrouted counts publishes that no binding took, as the firehose shows them.
	Unrouted int64 `json:"unrouted"`
	// Returned counts returns, seen or deduced.
	Returned    int64            `json:"returned"`
	Redelivered int64            `json:"redelivered"`
	Lost        map[string]int64 `json:"lost"`
}

func (b *ByClass) classes() Classes {
	return Classes{
		Call: b[flow.ClassCall], Reply: b[flow.ClassReply], Cast: b[flow.ClassCast],
		Fanout: b[flow.ClassFanout], Notification: b[flow.ClassNotification], Other: b[flow.ClassOther],
	}
}

// Published and Delivered return the counts by class.
func (s *Stats) Published() Classes { return s.published.classes() }

// Delivered returns the deliveries by the class of their message, redeliveries included.
func (s *Stats) Delivered() Classes { return s.delivered.classes() }

// Calls returns the counts of calls.
func (s *Stats) Calls() Calls {
	return Calls{
		Total: s.total, AnsweredOK: s.ok, AnsweredError: s.failed, Unanswered: s.total - s.ok - s.failed,
		LateReplies: s.late, HeartbeatReplies: s.beats,
	}
}

// REST returns the counts of HTTP requests.
func (s *Stats) REST() REST { return s.rest }

// Counts returns the single counters.
func (s *Stats) Counts() (unrouted, returned, redelivered int64) {
	return s.unrouted, s.returned, s.redelivered
}

// Lost returns how many records the source lost, all reasons together.
func (s *Stats) Lost() (n int64) {
	for _, v := range s.lost {
		n += v
	}
	return n
}

// Report returns everything. It allocates; the caller owns it.
func (s *Stats) Report() *Report {
	r := &Report{
		Events: s.events, Published: s.Published(), Delivered: s.Delivered(), Calls: s.Calls(), REST: s.rest,
		Failures: map[string]int64{}, Notifications: s.texts(s.notifications), Lost: s.texts(s.lost),
		Unrouted: s.unrouted, Returned: s.returned, Redelivered: s.redelivered,
		Methods: Methods{Call: s.byMethod(flow.ClassCall), Cast: s.byMethod(flow.ClassCast), Fanout: s.byMethod(flow.ClassFanout)},
	}
	if s.timed {
		r.DurationNs = s.last - s.first
	}
	for f, n := range s.failures {
		r.Failures[s.names.Text(f.class)+" <- "+s.names.Text(f.method)] += n
	}
	return r
}

func (s *Stats) texts(m map[flow.Name]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	for n, v := range m {
		out[s.names.Text(n)] += v
	}
	return out
}

func (s *Stats) byMethod(c flow.Class) map[string]int64 {
	out := map[string]int64{}
	for n, m := range s.methods[c] {
		if m.published > 0 {
			out[s.names.Text(n)] += m.published
		}
	}
	return out
}

// MethodStat is one method's row in the page's table.
type MethodStat struct {
	Method flow.Name
	Class  flow.Class
	// Count is how many messages were published with it.
	Count, Answered, Failed int64
	// P50, P95 and P99 are times from a call's publish to its first answer's, in nanoseconds, within 9 %; zero without answers.
	P50, P95, P99 int64
}

// AppendMethods appends a row for each method, the busiest first, ties by class and name.
func (s *Stats) AppendMethods(dst []MethodStat) []MethodStat {
	from := len(dst)
	for _, c := range []flow.Class{flow.ClassCall, flow.ClassCast, flow.ClassFanout} {
		for n, m := range s.methods[c] {
			dst = append(dst, MethodStat{
				Method: n, Class: c, Count: m.published, Answered: m.answered, Failed: m.failed,
				P50: m.times.quantile(50), P95: m.times.quantile(95), P99: m.times.quantile(99),
			})
		}
	}
	slices.SortFunc(dst[from:], func(a, b MethodStat) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Class, b.Class), cmp.Compare(s.names.Text(a.Method), s.names.Text(b.Method)))
	})
	return dst
}
