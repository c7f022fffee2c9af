// Command rabbitnode runs a private RabbitMQ node for tests that are not
// written in Go. It prints one JSON line
//
//	{"amqp":"amqp://guest:guest@127.0.0.1:PORT/","management":"http://127.0.0.1:PORT","pid":N,"log":"FILE"}
//
// then reads commands, one a line, and answers each with one JSON line,
// {"ok":true,"pid":N} or {"ok":false,"error":"…"}:
//
//	kill                        end the broker as a crash would
//	restart                     start it again on the same data and ports
//	trace_on VHOST, trace_off VHOST
//	vhost VHOST                 make a virtual host that guest may use
//	user NAME PASSWORD [TAGS]
//	permit VHOST NAME CONFIGURE WRITE READ
//	stop
//
// When its input ends, or on an interrupt, it stops the broker and removes its files.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"rpcscope/livebridge/rabbittest"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rabbitnode:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	node, err := rabbittest.Start(ctx)
	if err != nil {
		return err
	}
	defer node.Stop()
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]any{
		"amqp": node.URL("/"), "management": node.ManagementURL(), "pid": node.PID(), "log": node.LogFile(),
	}); err != nil {
		return err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(stdin); in.Scan(); {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			words := strings.Fields(line)
			if !ok || len(words) == 1 && words[0] == "stop" {
				return nil
			}
			if len(words) == 0 {
				continue
			}
			answer := map[string]any{"ok": true}
			if err := obey(ctx, node, words[0], words[1:]); err != nil {
				answer = map[string]any{"ok": false, "error": err.Error()}
			}
			answer["pid"] = node.PID()
			if err := out.Encode(answer); err != nil {
				return err
			}
		}
	}
}

var errUsage = errors.New("no such command, or the wrong number of words")

func obey(ctx context.Context, node *rabbittest.Node, command string, args []string) error {
	switch {
	case command == "kill" && len(args) == 0:
		node.Kill()
		return nil
	case command == "restart" && len(args) == 0:
		return node.Restart(ctx)
	case command == "trace_on" && len(args) == 1:
		return node.Trace(ctx, args[0], true)
	case command == "trace_off" && len(args) == 1:
		return node.Trace(ctx, args[0], false)
	case command == "vhost" && len(args) == 1:
		return node.AddVHost(ctx, args[0], false)
	case command == "user" && len(args) == 2:
		return node.AddUser(ctx, args[0], args[1], "")
	case command == "user" && len(args) == 3:
		return node.AddUser(ctx, args[0], args[1], args[2])
	case command == "permit" && len(args) == 5:
		return node.Permit(ctx, args[0], args[1], args[2], args[3], args[4])
	}
	return errUsage
}
