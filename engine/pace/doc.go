// Package pace gives every event of a stream a display time, so that a hop of
// a few microseconds is long enough to see and nothing is shown before what
// caused it.
//
// The display axis runs with stream time (or slower than it, at speeds below
// 1×). An event may be shown later than its base, the place of its stream time
// on that axis, never earlier: each step of a message or an RPC follows the
// one before by at least a minimum hop. That minimum shrinks once the lag is
// half its bound, and is zero where the lag reaches it, so that no rate makes the display
// fall further behind than [Config.MaxLag].
//
// Messages that have nothing to do with each other overlap on the axis. The
// stream leaves sorted by (display time, order of arrival), each event once.
// What comes out is a function of the stream and the configuration alone,
// however the input was cut into pieces.
package pace
