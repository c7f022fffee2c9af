// Package flow is the one event vocabulary of rpcscope.
//
// Three sources speak it – the simulation, the live bridge and a recording –
// and everything a person sees is a fold over it. Nothing that consumes flow
// events may know which source produced them; what a source deduced rather
// than saw carries [Inferred].
//
// An [Event] holds no pointers: texts are interned in [Names], payload facts
// live in a [Message] descriptor that accompanies the event which introduces
// the message. Times are int64 nanoseconds of stream time; [Header.Epoch]
// anchors them to the wall clock for live streams and recordings.
package flow
