package player

// Panel is the model of everything around the map at one moment. Times named
// D are milliseconds of the display axis, times named T of stream time. Texts
// that people read are codes with arguments where the page can put them into
// words; names, keys and methods are as the broker has them. wasm/bridge writes
// it as JSON, field by field: a test there compares that with the tags.
type Panel struct {
	V        int    `json:"v"`
	Mode     string `json:"mode"`
	Title    string `json:"title"`
	Scenario string `json:"scenario"`
	// Carrier is the profile and the transport of a scenario, as scenario.ParseOver takes them; empty without one.
	Carrier string   `json:"carrier"`
	Seed    uint64   `json:"seed"`
	EpochMs float64  `json:"epochMs"`
	Play    Play     `json:"play"`
	Actions []Action `json:"actions"`
	// Seq and Log are written by [Panel.AppendLong].
	Seq    Seq        `json:"-"`
	Select *Selection `json:"selection"`
	Log    []LogRow   `json:"-"`
	// LogFirst is the number of the first row, LogTotal how many events there are.
	LogFirst uint64      `json:"logFirst"`
	LogTotal uint64      `json:"logTotal"`
	Counters Counters    `json:"counters"`
	Methods  []MethodRow `json:"methods"`
	Live     *LiveStatus `json:"live"`
	Camera   Camera      `json:"camera"`
	// Summary says in words what the scene shows, for a screen reader.
	Summary string `json:"summary"`
	// Announce are the latest happenings, for a polite live region; each is told once.
	Announce []string `json:"announce"`
}

// Play is the transport.
type Play struct {
	Playing bool    `json:"playing"`
	Speed   float64 `json:"speed"`
	D       float64 `json:"d"`
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	// Live: the playhead follows the end.
	Live bool    `json:"live"`
	T    float64 `json:"t"`
	// Event is how many drawn events have happened, Events how many are known.
	Event   uint64  `json:"event"`
	Events  uint64  `json:"events"`
	CanUndo bool    `json:"canUndo"`
	CanRedo bool    `json:"canRedo"`
	Loop    bool    `json:"loop"`
	LagMs   float64 `json:"lagMs"`
	// Ended: nothing more will happen unless commanded.
	Ended bool `json:"ended"`
	// Failed is why a scenario was stopped before its end, in words; empty when it was not.
	Failed string `json:"failed"`
	// Sent is where on the axis the last command of a person was carried out, negative when there is none.
	Sent float64 `json:"sent"`
	// DroppedEvents went because the log is bounded; Start is after them.
	DroppedEvents uint64 `json:"droppedEvents"`
}

// Action is a send that is offered.
type Action struct {
	Kind    string `json:"kind"`
	Label   string `json:"label"`
	Method  string `json:"method"`
	Target  string `json:"target"`
	Client  string `json:"client"`
	Enabled bool   `json:"enabled"`
}

// Args are the arguments of a code.
type Args map[string]any

// Selection is what the inspector shows.
type Selection struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind"`
	Title    string      `json:"title"`
	Sub      string      `json:"sub"`
	Cls      string      `json:"cls"`
	Facts    [][]any     `json:"facts"`
	Life     []LifeStep  `json:"life"`
	Why      *Why        `json:"why"`
	Envelope [][2]string `json:"envelope"`
	Body     *string     `json:"body"`
	Related  []string    `json:"related"`
	// Deeds are what a person can do to it, in simulations.
	Deeds []Deed `json:"deeds"`
	// Deduced: nobody saw it, it was concluded.
	Deduced bool `json:"deduced"`
	// Gone: it does not exist (any more) at this moment.
	Gone bool `json:"gone"`
}

// LifeStep is one thing that happened to what is selected, or will.
type LifeStep struct {
	T     float64 `json:"t"`
	D     float64 `json:"d"`
	Code  string  `json:"code"`
	Args  Args    `json:"args"`
	State string  `json:"state"`
	Cls   string  `json:"cls,omitempty"`
}

// Why says why a message is where it is.
type Why struct {
	Code  string  `json:"code"`
	Args  Args    `json:"args"`
	Tried []Tried `json:"tried"`
	// More is how many bindings were tried beyond those listed.
	More int `json:"more"`
}

// Tried is a binding that was tried.
type Tried struct {
	Name  string `json:"name"`
	Match bool   `json:"match"`
}

// ByClass has a count for each class of message.
type ByClass struct {
	Call         uint64 `json:"call"`
	Reply        uint64 `json:"reply"`
	Cast         uint64 `json:"cast"`
	Fanout       uint64 `json:"fanout"`
	Notification uint64 `json:"notification"`
	Other        uint64 `json:"other"`
}

// Calls counts calls by how they ended.
type Calls struct {
	Total            uint64 `json:"total"`
	AnsweredOK       uint64 `json:"answered_ok"`
	AnsweredError    uint64 `json:"answered_error"`
	Unanswered       uint64 `json:"unanswered"`
	LateReplies      uint64 `json:"late_replies"`
	HeartbeatReplies uint64 `json:"heartbeat_replies"`
	Waiting          uint64 `json:"waiting"`
}

// REST counts HTTP requests between services.
type REST struct {
	Requests   uint64 `json:"requests"`
	Answered   uint64 `json:"answered"`
	Refused    uint64 `json:"refused"`
	NoResponse uint64 `json:"no_response"`
}

// Counters are the counts at the playhead, by the definitions of engine/stats.
type Counters struct {
	Published   ByClass `json:"published"`
	Delivered   ByClass `json:"delivered"`
	Calls       Calls   `json:"calls"`
	REST        REST    `json:"rest"`
	Unrouted    uint64  `json:"unrouted"`
	Returned    uint64  `json:"returned"`
	Redelivered uint64  `json:"redelivered"`
	Lost        uint64  `json:"lost"`
}

// MethodRow sums up one method. P50Ms is the middle round trip of its calls, 0 when none ended.
type MethodRow struct {
	Name  string  `json:"name"`
	Cls   string  `json:"cls"`
	Count uint64  `json:"count"`
	P50Ms float64 `json:"p50ms"`
}

// LiveStatus is what the bridge says about itself, see livebridge.Status.
type LiveStatus struct {
	State     string            `json:"state"`
	Text      string            `json:"text"`
	Remedy    string            `json:"remedy"`
	Broker    string            `json:"broker"`
	VHosts    []string          `json:"vhosts"`
	Captured  uint64            `json:"captured"`
	Delivered uint64            `json:"delivered"`
	Dropped   map[string]uint64 `json:"dropped"`
	LagMs     int64             `json:"lagMs"`
	Coverage  *float64          `json:"coverage"`
	Since     string            `json:"since"`
	Clock     string            `json:"clock"`
	Zone      string            `json:"zone"`
	OffsetMin int               `json:"offsetMin"`
}

// Camera is filled in by the painter, which owns it.
type Camera struct {
	Zoom float64 `json:"zoom"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
}
