package normalize

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// The sources of records.
const (
	Firehose = "firehose"
	Event    = "event"
	Topology = "topology"
	Frame    = "frame"
)

// Record is one thing the broker told.
type Record struct {
	// Source is [Firehose], [Event], [Topology] or [Frame].
	Source string
	// At is when it was received, in nanoseconds since 1970.
	At int64
	// VHost is the virtual host a topology snapshot is of; other records carry theirs in the headers.
	VHost string
	// RoutingKey of the trace or event message; the phase of a topology snapshot;
	// of a frame "c2s." or "s2c." and the method.
	RoutingKey string
	// Headers of the trace or event message: any AMQP field type, tables as
	// map[string]any. Of a frame the method's arguments.
	Headers map[string]any
	// Properties are the basic properties of a frame with content.
	Properties map[string]any
	// Body is the original message's body, or a topology snapshot's JSON document.
	Body []byte
	// Connection is the broker's name for the connection of a frame, Channel its channel.
	Connection string
	Channel    uint16
	// Complete says that a topology snapshot is known to hold everything in VHost, so that what it lacks is gone.
	Complete bool
}

// ErrRecord is wrapped by every error about a record that cannot be used.
var ErrRecord = errors.New("cannot use this record")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRecord, fmt.Sprintf(format, args...))
}

// rawRecord is a record as it stands in a file.
type rawRecord struct {
	Source     *string         `json:"source"`
	T          json.RawMessage `json:"t"`
	RoutingKey *string         `json:"routing_key"`
	Headers    json.RawMessage `json:"headers"`
	Properties json.RawMessage `json:"properties"`
	Payload    *string         `json:"payload"`
	Encoding   string          `json:"payload_encoding"`
	Connection *string         `json:"connection"`
	Channel    json.RawMessage `json:"channel"`
}

// ParseLine reads one line of a capture file. skip is true for records that
// are well formed but not of what the broker tells (application notes, AMQP
// frames) and for blank lines.
func ParseLine(line []byte) (rec Record, skip bool, err error) { return parseLine(line, false) }

// ParseFrame is [ParseLine] for files of AMQP frames: all other records are skipped.
func ParseFrame(line []byte) (rec Record, skip bool, err error) { return parseLine(line, true) }

func parseLine(line []byte, frames bool) (rec Record, skip bool, err error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return rec, true, nil
	}
	var raw rawRecord
	if err := json.Unmarshal(line, &raw); err != nil {
		return rec, false, bad("not a JSON object of a capture: %v", jsonError(err))
	}
	if raw.Source == nil {
		return rec, false, bad(`it has no "source"; expected one of firehose, event, topology, app, frame`)
	}
	switch *raw.Source {
	case "app":
		return rec, true, nil
	case Firehose, Event, Topology, Frame:
		if frames != (*raw.Source == Frame) {
			return rec, true, nil
		}
	default:
		return rec, false, bad("unknown source %q; expected one of firehose, event, topology, app, frame", clip(*raw.Source, 40))
	}
	rec.Source = *raw.Source
	if rec.At, err = strconv.ParseInt(string(raw.T), 10, 64); err != nil || rec.At < 0 {
		return rec, false, bad(`"t" must be the time in nanoseconds since 1970, a whole number`)
	}
	if raw.RoutingKey == nil {
		return rec, false, bad(`it has no "routing_key"`)
	}
	rec.RoutingKey = *raw.RoutingKey
	if rec.Headers, err = parseTable("headers", raw.Headers); err != nil {
		return rec, false, err
	}
	if frames {
		if err := rec.parseFrame(&raw); err != nil {
			return rec, false, err
		}
	}
	if raw.Payload != nil {
		rec.Body = []byte(*raw.Payload)
	}
	switch raw.Encoding {
	case "":
	case "base64":
		if rec.Body, err = base64.StdEncoding.DecodeString(string(rec.Body)); err != nil {
			return rec, false, bad(`"payload" says it is base64 and is not`)
		}
	default:
		return rec, false, bad(`unknown "payload_encoding" %q; expected base64`, clip(raw.Encoding, 40))
	}
	return rec, false, nil
}

// parseFrame reads what only frames have.
func (rec *Record) parseFrame(raw *rawRecord) (err error) {
	if raw.Connection == nil || *raw.Connection == "" {
		return bad(`the frame lacks "connection", the broker's name for it`)
	}
	rec.Connection = *raw.Connection
	if len(raw.Channel) > 0 {
		n, err := strconv.ParseUint(string(raw.Channel), 10, 16)
		if err != nil {
			return bad(`"channel" must be a whole number from 0 to 65535`)
		}
		rec.Channel = uint16(n)
	}
	rec.Properties, err = parseTable("properties", raw.Properties)
	return err
}

func parseTable(what string, raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var h map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&h); err != nil {
		return nil, bad(`%q must be an object`, what)
	}
	return h, nil
}

// jsonError shortens an error of encoding/json to what helps, without quoting the input.
func jsonError(err error) string {
	var se *json.SyntaxError
	var te *json.UnmarshalTypeError
	switch {
	case errors.As(err, &se):
		return fmt.Sprintf("malformed at byte %d", se.Offset)
	case errors.As(err, &te) && te.Field == "":
		return "the record itself has the wrong type (" + te.Value + ")"
	case errors.As(err, &te):
		return fmt.Sprintf("%q has the wrong type (%s)", te.Field, te.Value)
	}
	return "malformed"
}
