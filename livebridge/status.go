package livebridge

import "time"

// State says in one word how the live view stands. Of several virtual hosts, the gravest is told.
type State string

// The states, the gravest first; among those that are well, one with traffic speaks for those without.
const (
	// BadCredentials: the broker refuses user or password.
	BadCredentials State = "bad-credentials"
	// VHostMissing: a virtual host to be watched does not exist, or the user may not enter it.
	VHostMissing State = "vhost-missing"
	// NoRights: connected, but not allowed to tap.
	NoRights State = "no-rights"
	// BrokerGone: the broker cannot be reached, or the connection was lost; retrying.
	BrokerGone State = "broker-gone"
	// TraceKeyTooLong: the broker cut the tap off because a queue's name is too
	// long for a trace key (error 541); retrying.
	TraceKeyTooLong State = "trace-key-too-long"
	// Connecting: no connection yet, no failure yet.
	Connecting State = "connecting"
	// TracingOff: connected, but the broker traces nothing.
	TracingOff State = "tracing-off"
	// OK: connected and traffic comes.
	OK State = "ok"
	// Idle: connected, tracing not known to be off, and no traffic for a while.
	Idle State = "idle"
)

// gravest lists the states in that order.
var gravest = [...]State{BadCredentials, VHostMissing, NoRights, BrokerGone, TraceKeyTooLong, Connecting, TracingOff, OK, Idle}

// Reasons of drops, the keys of Status.Dropped.
const (
	// DropBacklog: the bridge could not turn records into events as fast as they came.
	DropBacklog = "backlog"
	// DropUnreadable: a record that is no trace or event message as known.
	DropUnreadable = "unreadable"
	// DropSlowViewer: this viewer did not read as fast as frames were made.
	DropSlowViewer = "slow-viewer"
)

// Status is what viewers are told about the live source at least once a
// second and at every change, as a Status block of the stream.
//
// Counts are of broker records (trace and event messages) since Since, this
// viewer's joining: Captured = Delivered + the sum of Dropped, where
// Delivered counts what was sent to this viewer before this Status.
type Status struct {
	State  State  `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
	// Broker is host:port.
	Broker string   `json:"broker"`
	VHosts []string `json:"vhosts"`
	// ByVHost tells the virtual hosts apart when there are several.
	ByVHost []VHostStatus `json:"byVhost,omitempty"`

	Captured  uint64            `json:"captured"`
	Delivered uint64            `json:"delivered"`
	Dropped   map[string]uint64 `json:"dropped"`
	// LagMs is the age of the newest record when it was sent, in milliseconds: the hold included, the broker's own delay not.
	LagMs int64 `json:"lagMs"`
	// Coverage is the share of publishes in the watched virtual hosts that the
	// tap saw, by the broker's own counters, 0 to 1; nil when unknown. The counters lag up to 5 s.
	Coverage *float64 `json:"coverage"`
	// Tracing is "on", "off" or "unknown"; TracingHow says where that comes from.
	Tracing    string `json:"tracing"`
	TracingHow string `json:"tracingHow"`
	// Management and Events tell whether the two optional sources are used.
	Management bool `json:"management"`
	Events     bool `json:"events"`
	// Reconnects counts how often a lost connection was made anew.
	Reconnects uint64 `json:"reconnects"`
	// NextRetry is when the next attempt is due; zero time when none is.
	NextRetry time.Time `json:"nextRetry,omitzero"`
	// QuietMs is the time since the last record, in milliseconds; -1 before the first.
	QuietMs int64     `json:"quietMs"`
	Since   time.Time `json:"since"`
	// Clock is the bridge's time in RFC 3339, Zone the name of its zone and
	// OffsetMin its minutes east of UTC: live events carry this clock.
	Clock     string `json:"clock"`
	Zone      string `json:"zone"`
	OffsetMin int    `json:"offsetMin"`
	// Bridge are the totals since the bridge started, for all viewers together:
	// BridgeCaptured = normalized + BridgeDropped.
	Bridge Totals `json:"bridge"`
}

// Totals are the bridge's own counts, in broker records.
type Totals struct {
	Captured   uint64            `json:"captured"`
	Normalized uint64            `json:"normalized"`
	Dropped    map[string]uint64 `json:"dropped"`
	Viewers    int               `json:"viewers"`
}

// VHostStatus is the state of one virtual host's tap.
type VHostStatus struct {
	VHost  string `json:"vhost"`
	State  State  `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}
