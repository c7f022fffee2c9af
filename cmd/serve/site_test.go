package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// builtSite serves a handful of made-up files.
func builtSite(t *testing.T) *site {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, "wasm")
	_ = z.Close()
	s := &site{mode: "play", title: "rpcscope", built: true, loopback: true, dist: fstest.MapFS{
		".keep": {}, "index.html": {Data: []byte("<!doctype html>")},
		"assets/rpcscope-0123456789.wasm":    {Data: []byte("wasm")},
		"assets/rpcscope-0123456789.wasm.br": {Data: []byte("as brotli")},
		"assets/rpcscope-0123456789.wasm.gz": {Data: packed.Bytes()},
	}}
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *site, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, r)
	return w
}

func TestEveryAnswerCarriesTheStrictPolicy(t *testing.T) {
	s := builtSite(t)
	for _, path := range []string{"/", "/config.json", "/healthz", "/nothing"} {
		h := get(s, path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self' 'wasm-unsafe-eval';") || strings.Contains(csp, "unsafe-inline") || strings.Contains(csp, "'unsafe-eval'") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestFilesAreSentPackedAndCachedByTheirHash(t *testing.T) {
	s := builtSite(t)
	const wasm = "/assets/rpcscope-0123456789.wasm"
	for _, c := range []struct{ accept, encoding, body string }{
		{"gzip, deflate, br, zstd", "br", "as brotli"},
		{"gzip;q=1.0, br;q=0", "gzip", ""},
		{"", "", "wasm"},
	} {
		w := get(s, wasm, "Accept-Encoding", c.accept)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Encoding") != c.encoding || c.body != "" && w.Body.String() != c.body || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("accepting %q: %d %v %q", c.accept, w.Code, h, w.Body)
		}
		if h.Get("Content-Type") != "application/wasm" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
			t.Errorf("%v", h)
		}
	}
	page := get(s, "/")
	if page.Header().Get("Cache-Control") != "no-cache" || page.Header().Get("ETag") == "" {
		t.Errorf("the page: %v", page.Header())
	}
	if again := get(s, "/", "If-None-Match", page.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("asked again: %d", again.Code)
	}
	for _, hidden := range []string{"/.keep", wasm + ".br", "/../main.go", "/assets/"} {
		if w := get(s, hidden); w.Code == http.StatusOK {
			t.Errorf("%s was served", hidden)
		}
	}
	if w := httptest.NewRecorder(); true {
		s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST: %d", w.Code)
		}
	}
}

func TestOnlyThisMachinesNamesAreAnswered(t *testing.T) {
	s := builtSite(t)
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:9": 200, "[::1]:8080": 200, "LOCALHOST": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8080": 421, "192.168.1.4": 421, "": 421,
	} {
		if w := get(s, "/config.json", "Host", host); w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
	}
	s.hosts = []string{"scope.example.org", "scope.example.org:8443"} // by which a proxy may ask
	for host, want := range map[string]int{"scope.example.org": 200, "Scope.Example.org:8443": 200, "scope.example.org:9": 421, "evil.example": 421} {
		if w := get(s, "/config.json", "Host", host); w.Code != want {
			t.Errorf("host %q behind a proxy: %d, want %d", host, w.Code, want)
		}
	}
	s.loopback = false
	if w := get(s, "/config.json", "Host", "rpcscope.example"); w.Code != 200 {
		t.Errorf("a server for others refused one of them: %d", w.Code)
	}
}

func TestThePageIsMissedWithARemedy(t *testing.T) {
	s := &site{}
	if w := get(s, "/"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// start runs the program until the test ends, and returns the address that it printed.
func start(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code <- run(ctx, args, noEnv, w, &errs)
		_ = w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	_, url, _ = strings.Cut(strings.TrimSpace(line), "rpcscope is at ")
	stop = func() int {
		cancel()
		return <-code
	}
	return url, stop
}

func fetch(t *testing.T, url string) (int, []byte) {
	t.Helper()
	c := http.Client{Timeout: 5 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

func TestServeStartsAnswersAndEnds(t *testing.T) {
	url, stop := start(t, "--listen", "127.0.0.1:0")
	if code, body := fetch(t, url+"config.json"); code != 200 || !strings.Contains(string(body), `"mode":"play"`) {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := fetch(t, url+"live"); code == http.StatusSwitchingProtocols {
		t.Error("there is a live view without a broker")
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d after the end was asked for", code)
	}
}

func TestReplayServesTheRecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.flow")
	call(t, "simulate", "call", "--format", "flow", "-o", path).expect(t, exitOK, "")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	url, stop := start(t, "replay", path, "--listen", "127.0.0.1:0")
	defer stop()
	if _, body := fetch(t, url+"config.json"); !strings.Contains(string(body), `"mode":"replay"`) {
		t.Errorf("%s", body)
	}
	if _, body := fetch(t, url+"recording.flow"); !bytes.Equal(body, want) {
		t.Error("the recording served is not the recording")
	}
}

func TestATakenPortNamesTheNextStep(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	call(t, "serve", "--listen", l.Addr().String()).expect(t, exitFailed, "try the same with --listen 127.0.0.1:")
}

// TestABodyThatNeverComesDoesNotHoldAConnection: nobody reads bodies here, and
// the server would wait for the rest of one before it takes the next request.
func TestABodyThatNeverComesDoesNotHoldAConnection(t *testing.T) {
	s := builtSite(t)
	s.readTimeout = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- s.serve(&env{ctx: ctx, getenv: noEnv, stdout: w, stderr: io.Discard}, anyPort())
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "rpcscope is at http://"), "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 405")) {
		t.Errorf("the connection is still open: %v; answer %.80q", err, answer)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheAddressPrintedCanBeOpened(t *testing.T) {
	for addr, want := range map[string]string{"0.0.0.0": "127.0.0.1:80", "::": "127.0.0.1:80", "::1": "[::1]:80", "10.0.0.7": "10.0.0.7:80"} {
		if got := openable(&net.TCPAddr{IP: net.ParseIP(addr), Port: 80}); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

func TestServeSaysWhatHasNoEffect(t *testing.T) {
	var errs bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run(ctx, []string{"serve", "--vhost", "/", "--listen", "127.0.0.1:0"}, noEnv, io.Discard, &errs)
	if !strings.Contains(errs.String(), "without --amqp") {
		t.Errorf("said %q", errs.String())
	}
}

// TestReplayOfAPipeIsRefused: what was read to check it would be missing on the page.
func TestReplayOfAPipeIsRefused(t *testing.T) {
	dir := t.TempDir()
	path, pipe := filepath.Join(dir, "x.flow"), filepath.Join(dir, "pipe")
	call(t, "simulate", "call", "--until", "1s", "--format", "flow", "-o", path).expect(t, exitOK, "")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	data := read(t, path)
	go func() { _ = os.WriteFile(pipe, data, 0o600) }()
	call(t, "replay", pipe, "--listen", "127.0.0.1:0").expect(t, exitFailed, "no plain file")
}

// TestARecordingCanGoToStandardOutput, with what is said about it elsewhere.
func TestARecordingCanGoToStandardOutput(t *testing.T) {
	r := call(t, "record", "--amqp", "amqp://127.0.0.1:1/", "--management", "off", "--for", "200ms", "-o", "-").expect(t, exitFailed, "nothing was recorded")
	if !strings.HasPrefix(r.out, "rpcflow") {
		t.Errorf("%.40q on standard output", r.out)
	}
	if _, err := os.Stat("-"); err == nil {
		t.Error(`there is a file "-"`)
	}
}

// anyPort is what the flags say for a free port of loopback.
func anyPort() *listenFlags {
	addr, open := "127.0.0.1:0", false
	return &listenFlags{addr: &addr, open: &open, host: "127.0.0.1"}
}
