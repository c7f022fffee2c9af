// Package player is one session of looking at a stream: it runs a scenario a
// little ahead of the playhead, or takes in a live stream or a recording,
// keeps what was, moves the playhead, and says what there is to see – as a
// scene for the map and as a [Panel] for everything around it.
//
// It is pure like the rest of the engine: wall time comes in as an argument of
// [Player.Frame], input as [Player.Do] and [Player.Feed].
//
// What a person does to the model is kept in a log of commands. A command at a
// past moment takes back what followed, and the model runs on from a
// checkpoint; undo takes back the command and puts back what it displaced.
package player
