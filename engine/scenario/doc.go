// Package scenario reads scenario documents and runs them.
//
// A document is JSON (its schema: assets/schemas/scenario.schema.json) that
// says which processes there are, what they serve and what they do; [Parse]
// checks all of it and refuses what it does not understand with the place and
// the remedy. A [World] is one run of a document: the model of engine/rpc on
// the broker of engine/amqp, moved by virtual time and by [Command].
package scenario
