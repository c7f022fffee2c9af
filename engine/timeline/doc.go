// Package timeline keeps the paced stream so that any moment of it can be gone
// back to: a log of encoded events in segments, and frames of the state from
// which to replay.
//
// A [Cursor] walks the log and folds. It leaves a frame behind where a segment
// begins when the events since the last frame outweigh the state, so frames
// never take more memory than the log, and going somewhere costs no more than
// folding what lies since the last frame.
//
// The log is bounded: beyond its limit the oldest segments go, and the counters say how much went.
package timeline
