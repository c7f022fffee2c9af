// Package diff compares two streams of events – a simulation, an import, a
// recording – modulo what differs between two runs of the same programs: ids,
// times, and the order of independent streams.
//
// What is compared depends on what both sides can say, see [Level]. What a
// source deduced ([flow.Inferred]) is compared at no level, nor are remarks,
// ticks, queue levels, durations, addresses, process ids and which virtual host it is.
//
// A stream is taken apart into actors: processes, their connections, objects
// of the broker, and the lives of messages and calls. Actors are matched by
// what they are and do: processes by program and by what they say, connections
// by what they do, in the order of their opening. The lines of two matched
// actors are compared in lanes: parts whose order is determined, such as a
// channel's dialogue, or the deliveries to it. Ids – random numbers of 32 hex
// digits, UUIDs, names that a broker made up, delivery tags, message numbers –
// correspond one to one: an id is paired with that which stands in its place
// where both sides agree otherwise, and from then on only with that.
package diff
