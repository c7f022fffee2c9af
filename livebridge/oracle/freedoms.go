package oracle

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
)

// The orders that RabbitMQ leaves open. Every other order is compared.
//
//  1. Streams of a channel. A queue is a process of its own, and what two of
//     them send to one channel in answer to one operation comes in any order:
//     so the deliveries of each consumer are compared among themselves, and so
//     are replies, returns and confirms. For the same reason programs name
//     deliveries by message and consumer, not by tag, and the generator does
//     not acknowledge "all up to" in the middle of such a group.
//
//  2. Confirms. A confirm may cover several publishes at once (multiple), and
//     queues confirm in their own time: the numbers that an operation gets
//     confirmed are compared as a set. That a return precedes its message's
//     confirm is promised, but cannot be seen in two streams; TestScripts of
//     engine/amqp hold the model to it.
//
//  3. Connections. Nothing orders what two connections hear.
//
//  4. Consumers of quorum queues. A quorum queue counts a consumer for every
//     basic.get and every cancelled consumer whose messages are not settled yet
//     (rabbit_fifo keeps them in the same map). The model counts who consumes.
//
//  5. Redelivered after a restart. What a consumer held when its channel closed
//     comes back as redelivered – but at times not, when the queue's node
//     restarted before it was delivered (3.10 compares positions for it, and the
//     one it compares with does not always survive). So the flag is not compared
//     after a restart.
//
// canonical is what an operation led to, in one text that is equal on both
// sides exactly if they agree.
func canonical(lines []line) string {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b line) int {
		if a.at.conn != b.at.conn {
			return int(a.at.conn) - int(b.at.conn)
		}
		if a.at.ch != b.at.ch {
			return int(a.at.ch) - int(b.at.ch)
		}
		if a.stream != b.stream {
			return strings.Compare(string(a.stream), string(b.stream))
		}
		if a.stream == "confirms" {
			return strings.Compare(a.text, b.text)
		}
		return 0
	})
	var b strings.Builder
	for _, l := range sorted {
		l.append(&b)
	}
	return b.String()
}

// append writes a line as it stands in scripts, indented.
func (l *line) append(b *strings.Builder) {
	b.WriteString("    ")
	if l.at.conn != 0 && l.at.conn != keeper {
		b.WriteString(l.at.String() + ": ")
	} else if l.stream != "" {
		b.WriteString(string(l.stream) + ": ")
	}
	b.WriteString(l.text + "\n")
}

func isGetOk(l line) bool { return strings.HasPrefix(l.text, amqp.OpBasicGetOk.String()+" ") }

func isQuorum(args string) bool { return strings.Contains(args, "x-queue-type=quorum") }

// consumersText is a count of consumers: see freedom 4.
func consumersText(quorum bool, n int) string {
	if quorum {
		return "?"
	}
	return strconv.Itoa(n)
}
