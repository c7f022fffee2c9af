// Package view is the fold over flow events that says what exists and what is
// in flight: the one picture that map, sequence strip and inspector share.
//
// [State] is plain tables of pointer-free records. A record keeps its slot for
// as long as it lives; slot 0 of every table is "none". What died stays in its
// table for a short display time (see the Linger constants), so that it can
// fade with its reason, and then frees the slot.
//
// Two clocks run through it. Times called At are stream time, what really
// happened when. Times called D, Born and Died are display time as
// engine/pace assigned it: what a person sees when. Both are nanoseconds.
// A caller without pacing folds with d = e.At.
//
// The fold is tolerant, since real streams begin in the middle: an event about
// a thing never announced makes the thing, marked Inferred.
package view
