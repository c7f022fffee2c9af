// Command rpcscope shows how RPC flows through a message broker: a playground
// in the browser, the live traffic of a RabbitMQ, and the tools around both.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the build.
var version = "dev"

// patience is how long a second interrupt is taken for an impatient first.
const patience = 2 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Who asks again, a while after the first time, is not kept waiting.
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
