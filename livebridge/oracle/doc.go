// Package oracle holds the model broker of engine/amqp against a real one.
//
// A [Program] is a list of operations of several connections and channels. The
// same program runs on both sides, one operation at a time: each is let come
// to rest before the next. What then reached every channel – replies, errors,
// returns, confirms, deliveries with their flags and headers – must be the
// same, and so must counts, contents of queues and topology at the end. Where
// RabbitMQ leaves an order open, freedoms.go says so and why.
//
// Rest is never a matter of sleeping. The model, which runs one operation
// ahead, says what is to come and which counts are to change; the runner waits
// for exactly that and for the answer to a question without effect on the
// operation's channel, and what comes beyond that is a difference when it
// shows up later. Time passes by the expiry of a sentinel message.
package oracle
