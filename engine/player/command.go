package player

// Command is something a person does. Cmd says what; which other fields count, the comment of each says.
type Command struct {
	// Cmd is "load", "open", "more" (whether the next bytes of a recording may come now), "end", "live" (a live stream begins from its header), "play", "pause", "toggle", "step", "seek", "jump", "speed",
	// "send", "select", "hover", "fold", "theme", "window", "undo", "redo", "loop".
	Cmd string `json:"cmd"`
	// Scenario is the built-in scenario to load; Doc, when not empty, a document instead. Seed 0 takes the document's.
	Scenario string `json:"scenario"`
	Doc      []byte `json:"-"`
	Seed     uint64 `json:"seed"`
	// Over is the transport that takes the place of the document's own: see [scenario.ParseOver].
	Over []byte `json:"-"`
	// Title of a recording to open; its bytes follow by Feed, then comes "end".
	Title string `json:"title"`
	// By is the unit of a step: "event", "hop" or "rpc". Dir is 1 or -1, also for jumps.
	By  string `json:"by"`
	Dir int    `json:"dir"`
	// D is the display time to seek, in milliseconds.
	D float64 `json:"d"`
	// To is where to jump: "reply", "timeout", "drop", "fault", "start", "end".
	To string `json:"to"`
	// X is the speed, 0.001 to 100.
	X float64 `json:"x"`
	// Kind is what to send: "call", "cast", "fanout", "notify"; or what to do to the process Client, to Queue or to the
	// broker, and when: see scenario.Command.
	Kind   string `json:"kind"`
	Client string `json:"client"`
	Topic  string `json:"topic"`
	Server string `json:"server"`
	Method string `json:"method"`
	Label  string `json:"label"`
	// Target chooses among the sends that are offered; it is that of an [Action].
	Target string `json:"target"`
	Queue  string `json:"queue"`
	Value  int64  `json:"value"`
	When   string `json:"when"`
	Waits  string `json:"waits"`
	// ID is what to select or hover: "q:vhost/name", "x:vhost/name", "p:process", "m:number", "r:rpc", "" for nothing;
	// "f:number" is what opens or folds when selected, or by "fold" with On for open.
	ID string `json:"id"`
	// On switches the loop, and whether a fold is open; ReducedMotion stills what travels.
	On            bool `json:"on"`
	ReducedMotion bool `json:"reducedMotion"`
	// D0 and D1 are the strip's window in milliseconds; both 0 let the player choose.
	D0 float64 `json:"d0"`
	D1 float64 `json:"d1"`
}

// Error is why a command was refused: a code for programs, words for people, and where in a document the fault lies.
type Error struct{ Code, Text, Path string }

func (e *Error) Error() string { return e.Text }

func refuse(code, text string) error { return &Error{Code: code, Text: text} }
