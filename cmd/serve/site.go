package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// site is what the server offers.
type site struct {
	// mode is "play", "live" or "replay"; title what a person would call the source.
	mode, title string
	// recording is the path of the file to replay.
	recording string
	live      http.Handler
	dist      fs.FS
	built     bool
	// loopback: only this machine can connect, so only its names may be asked for.
	loopback bool
	// hosts are the further names by which a proxy may ask, with the port unless it is the usual one.
	hosts []string
	// readTimeout is for tests; 0 is the usual one.
	readTimeout time.Duration
	files       map[string]*page
}

// page is one embedded file with its compressed forms.
type page struct {
	plain, br, gz []byte
	kind, etag    string
	forever       bool
}

// policy is the page's content security policy. Scripts and styles come from
// this server only; WebAssembly may be compiled, nothing may be evaluated.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// load reads the embedded files.
func (s *site) load() error {
	s.files = map[string]*page{}
	return fs.WalkDir(s.dist, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(p), ".") {
			return err
		}
		data, err := fs.ReadFile(s.dist, p)
		if err != nil {
			return err
		}
		base, ext := strings.TrimSuffix(p, path.Ext(p)), path.Ext(p)
		switch ext {
		case ".br", ".gz":
			f := s.file(base)
			if ext == ".br" {
				f.br = data
			} else {
				f.gz = data
			}
			return nil
		}
		f := s.file(p)
		f.plain, f.kind = data, contentType(ext)
		// Names under assets/ carry a hash of the content.
		f.forever = strings.HasPrefix(p, "assets/")
		sum := sha256.Sum256(data)
		f.etag = hex.EncodeToString(sum[:8])
		return nil
	})
}

func (s *site) file(name string) *page {
	f := s.files[name]
	if f == nil {
		f = &page{}
		s.files[name] = f
	}
	return f
}

// contentType does not ask the system, whose table differs between machines.
func contentType(ext string) string {
	switch ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".wasm":
		return "application/wasm"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /config.json", s.config)
	if s.live != nil {
		mux.Handle("GET /live", s.live)
	}
	if s.recording != "" {
		mux.HandleFunc("GET /recording.flow", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Cache-Control", "no-store")
			http.ServeFile(w, r, s.recording)
		})
	}
	mux.HandleFunc("GET /", s.static)
	return s.guard(mux)
}

// guard sets what every answer carries, and refuses requests that name another
// host than this machine: a web site that points its own name here must not
// get to read what only this machine's user may.
func (s *site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if s.loopback && !localHost(r.Host) && !slices.Contains(s.hosts, strings.ToLower(r.Host)) {
			http.Error(w, "This server answers to localhost and 127.0.0.1 only. To reach it by another name, start it with --listen on that address, or behind a proxy with --origin and the address that browsers open.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func localHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (s *site) config(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]string{"mode": s.mode, "title": s.title, "build": version})
}

func (s *site) static(w http.ResponseWriter, r *http.Request) {
	if !s.built {
		http.Error(w, "The page is not in this program, because it was compiled before the page was built. Run: make build", http.StatusServiceUnavailable)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	f := s.files[name]
	if f == nil || f.kind == "" {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, encoding := f.plain, ""
	if f.br != nil || f.gz != nil {
		h.Add("Vary", "Accept-Encoding")
		body, encoding = f.choose(r.Header.Get("Accept-Encoding"))
	}
	h.Set("ETag", `"`+f.etag+encoding+`"`)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		// A progress bar counts unpacked bytes; the length on the wire is that of the packed ones.
		h.Set("X-Uncompressed-Length", strconv.Itoa(len(f.plain)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// choose picks the smallest form that the client takes.
func (f *page) choose(accept string) (body []byte, encoding string) {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if q = strings.ReplaceAll(q, " ", ""); q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000" {
			takes[strings.ToLower(strings.TrimSpace(name))] = true
		}
	}
	switch {
	case f.br != nil && takes["br"]:
		return f.br, "br"
	case f.gz != nil && takes["gzip"]:
		return f.gz, "gzip"
	}
	return f.plain, ""
}
