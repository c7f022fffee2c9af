package scene

import (
	"strconv"
	"strings"

	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// Words are all words on the map. {0}, {1}, … stand for what is filled in, so
// that another language may order them its own way.
type Words struct {
	Heads                                     [9]string // by layout.HeadWord
	Ports                                     [4]string // by layout.PortWord
	Forms                                     [7]string // by view.ExchangeForm
	Default, DefaultSub, KeyIsName            string
	Ready, Unacked, Counts, Waiting, NoPeer   string
	Waits, WaitsShort, WaitsLeft, WaitN       string
	WaitShortN                                string // as WaitsShort, of several
	TimedOut, Answered, Failed                string
	Done, Raised                              string
	Pid, Hosts, More                          string
	FoldedQueues, FoldedExchanges, FoldedCard [2]string // one, several
	FoldedSockets, Sockets                    [2]string
	Queues, Exchanges, Others, Replies        [2]string // what folds count: one, several
	Idle, Fold, FoldThem, AriaFolded          string
	AriaOpen                                  string
	Nobody, NobodyShort, NobodyOldest         string
	Expires, ExpiresIn                        string
	Rate, Keys                                string
	Seconds, Minutes, Millis, Micros          string
	ReplyTo                                   string
	Empty                                     string            // head of a map without anything
	Quiet, QuietShort                         map[string]string // why no message is seen, by [Quiet]; beside the broker's name
	Lost                                      map[string]string
	Carriers                                  [5]CarrierWords // by view.Carrier
	// Accessible names.
	AriaProcess, AriaExchange, AriaQueue, AriaMessage, AriaStack, AriaSocket string
	States                                                                   [7]string // by view.Condition
	Busy                                                                     string
	Hindered                                                                 [6]string // by view.Hindered
	BlockedShort                                                             string    // where the word for view.ConnBlocked has no room
	Down, LowMemory, LowDisk, AriaBroker                                     string
	Kinds                                                                    [7]string // by flow.Class
}

// English is the catalogue that every other falls back to.
func English() *Words {
	w := &Words{
		Ports: [...]string{"", "fanout", "shared", "own"},
		Forms: [...]string{"", "direct", "topic", "fanout", "headers", "direct, no name", "socket"},

		Default: "(default)", DefaultSub: "direct, no name", KeyIsName: "key = its name",
		Ready: "{0} ready", Unacked: "{0} unacked", Counts: "{0} · {1}", Waiting: "{0} waiting", NoPeer: "nobody takes it",
		Waits: "{0} waits", WaitsShort: "waits", WaitShortN: "{0} wait", WaitsLeft: "{0} waits, {1} left", WaitN: "{0} calls wait, {1} left",
		TimedOut: "{0} timed out", Answered: "{0} answered", Failed: "{0} failed: {1}",
		Done: "done {0}", Raised: "raised {0}",
		Pid: "pid {0}", Hosts: "{0} hosts", More: "{0} more",
		FoldedQueues:    [...]string{"1 queue folded", "{0} queues folded"},
		FoldedSockets:   [...]string{"1 idle socket folded", "{0} idle sockets folded"},
		Sockets:         [...]string{"1 idle socket", "{0} idle sockets"},
		FoldedExchanges: [...]string{"1 idle exchange folded", "{0} idle exchanges folded"},
		FoldedCard:      [...]string{"1 more folded", "{0} more folded"},
		Queues:          [...]string{"1 queue", "{0} queues"},
		Exchanges:       [...]string{"1 idle exchange", "{0} idle exchanges"},
		Others:          [...]string{"1 more", "{0} more"},
		Replies:         [...]string{"1 reply queue", "{0} reply queues"},
		Idle:            "{0} idle", Fold: "fold", FoldThem: "fold {0}",
		AriaFolded: "{0}, folded; press to open", AriaOpen: "{0}, open; press to fold",
		NobodyShort: "no consumer", Nobody: "nobody consumes these", NobodyOldest: "oldest {0}",
		Expires: "expires {0} after its last consumer", ExpiresIn: "expires in {0}",
		Rate: "{0} /s", Keys: "{0} keys",
		Seconds: "{0} s", Minutes: "{0} min", Millis: "{0} ms", Micros: "{0} µs",
		ReplyTo: "reply to {0}",
		Empty:   "Nothing is here yet",
		Quiet: map[string]string{
			"empty":           "Exchanges, queues and services stand here once they exist, and messages travel between them. This scenario has none.",
			"waiting":         "Exchanges, queues and services stand here as soon as the broker tells of them, and every message that passes from then on.",
			"connecting":      "Exchanges, queues and services stand here once the broker has answered.",
			"tracing-off":     "Services stand here once one of their messages is seen; while tracing is off in the broker, none can be.",
			"broker-gone":     "The broker cannot be reached. What it holds stands here once it is back.",
			"no-rights":       "The broker does not let this user see its queues or its messages.",
			"bad-credentials": "The broker refused the user or the password.",
			"vhost-missing":   "The broker has no virtual host of that name.",
		},
		QuietShort: map[string]string{
			"empty": "", "waiting": "no message yet", "tracing-off": "tracing is off", "broker-gone": "not reached",
			"connecting": "connecting", "no-rights": "no rights", "bad-credentials": "user refused", "vhost-missing": "no such virtual host",
		},
		Lost: map[string]string{
			"unroutable": "no queue matched", "returned": "returned: no queue matched", "expired": "expired",
			"maxlen": "dropped: the queue is full", "purged": "purged", "queue deleted": "its queue was deleted",
			"rejected": "rejected", "connection closed": "connection closed", "exchange deleted": "its exchange was deleted",
			"auto-delete": "auto-deleted: last consumer left", "deleted": "deleted", "exclusive": "gone with its connection",
			"delivery_limit": "given up: returned too often", "dead-letter cycle": "dropped: dead letters in a circle", "restart": "lost when the broker stopped",
			"nobody listens": "nobody listens there", "backlog full": "the daemon's backlog is full", "connection lost": "connection lost",
			"session ended": "session ended", "stopped": "stopped", "killed": "killed", "exited": "exited", "closed": "closed",
		},
		AriaProcess: "{0} on {1}, {2}", AriaExchange: "exchange {0}, {1}", AriaSocket: "socket {0}, {1}",
		AriaQueue: "queue {0}, {1} ready, {2} unacknowledged, {3}", AriaMessage: "{0} {1}", AriaStack: "{0}, {1} of them",
		States: [...]string{"heard of, not seen", "starting", "up", "silent", "stopped", "killed", "paused"}, Busy: "busy",
		Hindered:     [...]string{"", "{0}× slower", "link +{0}", "blocked by the broker", "link cut", "paused"},
		BlockedShort: "blocked",
		Down:         "down", LowMemory: "low on memory", LowDisk: "low on disk", AriaBroker: "broker {0}, {1}",
		Kinds: [...]string{"message", "call", "reply", "cast", "fanout", "notification", "REST request"},
	}
	w.Carriers = carrierWords()
	h := &w.Heads
	h[layout.HeadComponents], h[layout.HeadInvokers], h[layout.HeadExchanges] = "Other components", "Invokers", "Exchanges"
	h[layout.HeadQueues], h[layout.HeadWorkers], h[layout.HeadReplies] = "Queues", "Workers", "Replies come back here"
	h[layout.HeadREST], h[layout.HeadRPC], h[layout.HeadBroker] = "REST", "RPC", "broker"
	return w
}

// consumers says how many consume, in words.
func (w *Words) consumers(n int64) string {
	switch n {
	case 0:
		return "no consumer"
	case 1:
		return "1 consumer"
	}
	return strconv.FormatInt(n, 10) + " consumers"
}

// lost is the word for a source's reason.
func (w *Words) lost(code string) string {
	if s, ok := w.Lost[code]; ok {
		return s
	}
	return code
}

// form is the word for an exchange's type.
func (w *Words) form(f view.ExchangeForm) string { return w.Forms[f] }

// fill replaces {0}, {1}, … in s.
func fill(s string, args ...string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '{' && i+2 < len(s) && s[i+2] == '}' {
			if n := int(s[i+1] - '0'); n >= 0 && n < len(args) {
				b.WriteString(args[n])
			}
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// group writes an integer with thin spaces between its thousands.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	if len(s) < 4 || n < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString("\u2009")
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// duration says a span of nanoseconds with two or three digits.
func (w *Words) duration(ns int64) string {
	switch {
	case ns >= 180e9:
		return fill(w.Minutes, strconv.FormatInt((ns+30e9)/60e9, 10))
	case ns >= 10e9:
		return fill(w.Seconds, strconv.FormatInt((ns+5e8)/1e9, 10))
	case ns >= 1e9 && ns%1e9 == 0:
		return fill(w.Seconds, strconv.FormatInt(ns/1e9, 10))
	case ns >= 1e9:
		return fill(w.Seconds, tenths(ns/1e8))
	case ns >= 100e6:
		return fill(w.Millis, strconv.FormatInt((ns+5e5)/1e6, 10))
	case ns >= 1e6:
		return fill(w.Millis, tenths(ns/1e5))
	}
	return fill(w.Micros, strconv.FormatInt(ns/1e3, 10))
}

func tenths(n int64) string {
	return strconv.FormatInt(n/10, 10) + "." + strconv.FormatInt(n%10, 10)
}
