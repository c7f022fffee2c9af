// Package layout says where things stand: from the fold (engine/view) to boxes,
// ports and curves.
//
// Roles go from left to right – other components, invokers, the broker with
// its exchanges and queues, workers – and replies come back on a lane at the
// broker's foot. On a narrow map the same is turned by a quarter: top to
// bottom, replies going up on the right. A process that both sends and serves
// stands on both sides.
//
// Positions are remembered by what a thing is, not by when it came: a thing
// that comes back stands where it stood, one that goes leaves its place free,
// and a new one takes a free place or is added after its kin. Only when the
// room is used up does the layout fold – hosts of a program into a stack, idle
// queues into a counted chip – and place everything anew.
package layout
