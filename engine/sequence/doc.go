// Package sequence makes the space–time diagram of a window of display time:
// a lifeline for each process, exchange and queue in the order of first use,
// a span where a caller waits or a method runs, an arrow for each hop, a tick
// for each thing that happened. Where hops are too many to be told apart, their
// messages are counted in bands instead, and only bad ends stand out of them.
//
// A [Maker] is fed the paced events from somewhat before the window to its
// end, in order; what it returns is valid until it is begun anew.
package sequence
