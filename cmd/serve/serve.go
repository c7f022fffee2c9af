package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"rpcscope/engine/flow"
	"rpcscope/livebridge"
	"rpcscope/web"
)

const defaultListen = "127.0.0.1:8080"

var serveCommand = command{
	name: "serve", args: "[--listen ADDR] [--origin URL]... [--amqp URL] [--vhost NAME]... [--management URL] [--ca FILE] [--open]",
	about: "serve the playground, and with --amqp the live traffic of a RabbitMQ",
	more: `Without --amqp no broker is needed. With it, the page opens on what that broker carries:
it must trace (rabbitmqctl trace_on -p VHOST), and the page says so when it does not.`,
	prepare: func(e *env, f *flags) func([]string) error {
		l := addListenFlags(f)
		b := addBrokerFlags(f)
		return func(args []string) error {
			if err := cmp.Or(exactly("serve", args, 0, ""), l.check(e.ctx, "serve")); err != nil {
				return err
			}
			s := &site{mode: "play", title: "rpcscope", dist: web.Dist(), built: web.Built()}
			if *b.amqp == "" {
				if len(b.vhosts) > 0 || *b.management != "" {
					fmt.Fprintln(e.stderr, "rpcscope: --vhost and --management say nothing without --amqp")
				}
				return s.serve(e, l)
			}
			c := b.config()
			c.Origins = l.origins
			c.Log = slog.New(slog.NewTextHandler(e.stderr, nil))
			bridge, err := livebridge.New(c)
			if err != nil {
				return badConfig("serve", err)
			}
			s.mode, s.title, s.live = "live", livebridge.Redact(c.AMQP), bridge.Handler()
			ctx, cancel := context.WithCancel(e.ctx)
			ended := make(chan error, 1)
			go func() { ended <- bridge.Run(ctx) }()
			err = s.serve(e, l)
			cancel()
			return errors.Join(err, <-ended)
		}
	},
}

var replayCommand = command{
	name: "replay", args: "FILE.flow [--listen ADDR] [--origin URL]... [--open]",
	about: "serve the playground with a recording open",
	prepare: func(e *env, f *flags) func([]string) error {
		l := addListenFlags(f)
		return func(args []string) error {
			if err := cmp.Or(exactly("replay", args, 1, "the recording, FILE.flow,"), l.check(e.ctx, "replay")); err != nil {
				return err
			}
			var names flow.Names
			r, file, err := openRecording(e.ctx, args[0], &names)
			if err != nil {
				return err
			}
			_ = file.Close()
			if special(args[0]) {
				return fmt.Errorf("cannot replay %s: the page reads a recording more than once, and this is no plain file; save it first", args[0])
			}
			s := &site{mode: "replay", title: r.Header().Title, recording: args[0], dist: web.Dist(), built: web.Built()}
			return s.serve(e, l)
		}
	},
}

// listenFlags say where the page is served, and under which names it may be opened.
type listenFlags struct {
	addr    *string
	open    *bool
	origins list
	// host is that of addr, hosts are those of the origins; known after check.
	host  string
	hosts []string
}

func addListenFlags(f *flags) *listenFlags {
	l := &listenFlags{
		addr: f.String("listen", defaultListen, "`ADDR`: host:port to listen on"),
		open: f.Bool("open", false, "open the page in the browser"),
	}
	f.Var(&l.origins, "origin", "`URL` of a further origin under which the page may be opened, such as https://rpcscope.example.org of a proxy in front; several times for several")
	return l
}

// check tells what cannot be an address from one that cannot be had.
func (l *listenFlags) check(ctx context.Context, cmd string) error {
	host, port, err := net.SplitHostPort(*l.addr)
	if err != nil || port == "" {
		return usagef(cmd, "--listen must be host:port, such as %s, not %q", defaultListen, *l.addr)
	}
	// A number, or the name of a service such as http.
	if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return usagef(cmd, "--listen %s: %q is no port; it must be a number from 0 to 65535, and 0 takes a free one", *l.addr, port)
	}
	l.host = host
	for i, o := range l.origins {
		if l.origins[i], err = livebridge.ParseOrigin(o); err != nil {
			return badConfig(cmd, err)
		}
		u, _ := url.Parse(l.origins[i]) // it was parsed a moment ago
		l.hosts = append(l.hosts, u.Host)
	}
	return nil
}

// shutdownGrace is how long requests in flight may take when the server ends.
const shutdownGrace = 3 * time.Second

// readTimeout bounds how long a request, with a body that nobody reads, may
// take to arrive. Websockets are no longer bound by it once they are open.
const readTimeout = 30 * time.Second

// serve listens and serves until the context ends.
func (s *site) serve(e *env, flags *listenFlags) error {
	listen := *flags.addr
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", listen)
	if err != nil {
		return listenError(listen, err)
	}
	if s.built {
		if err := s.load(); err != nil {
			_ = l.Close()
			return err
		}
	}
	ip := net.ParseIP(flags.host)
	s.loopback, s.hosts = flags.host == "localhost" || ip != nil && ip.IsLoopback(), flags.hosts
	url := "http://" + openable(l.Addr()) + "/"
	fmt.Fprintf(e.stdout, "rpcscope is at %s\n", url)
	if !s.loopback {
		fmt.Fprintf(e.stderr, "rpcscope: %s can be reached from other machines, without a password\n", listen)
	}
	if *flags.open {
		openBrowser(e.stderr, url)
	}
	base, stop := context.WithCancel(context.WithoutCancel(e.ctx))
	defer stop()
	srv := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: cmp.Or(s.readTimeout, readTimeout), IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog:    slog.NewLogLogger(slog.NewTextHandler(e.stderr, nil), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return base },
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-e.ctx.Done():
	}
	// Websockets were hijacked: they end with the base context, not with Shutdown.
	stop()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		_ = srv.Close()
	}
	<-done
	return nil
}

// openable returns the address under which a browser on this machine reaches a
// listener: of one that listens everywhere, that is loopback.
func openable(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok || !t.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(t.Port))
}

// listenError says what to do about an address that cannot be listened on.
func listenError(listen string, err error) error {
	host, port, _ := net.SplitHostPort(listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		next := "0"
		if p, perr := strconv.Atoi(port); perr == nil && p < 65535 {
			next = strconv.Itoa(p + 1)
		}
		return fmt.Errorf("%s is taken by another program; try the same with --listen %s", listen, net.JoinHostPort(host, next))
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("not allowed to listen on %s; ports below 1024 need root; try the same with --listen %s", listen, net.JoinHostPort(host, "8080"))
	}
	var oe *net.OpError
	if errors.As(err, &oe) {
		err = oe.Err
	}
	return fmt.Errorf("cannot listen on %s: %w", listen, err)
}

// openBrowser is best effort: the address was printed.
func openBrowser(stderr io.Writer, url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(stderr, "rpcscope: cannot open a browser (%v); open %s yourself\n", err, url)
		return
	}
	go func() { _ = cmd.Wait() }()
}
