package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"rpcscope/engine/flow"
)

// The formats of a stream.
const (
	formatText  = "text"
	formatJSONL = "jsonl"
	formatFlow  = "flow"
)

// output is a file in the making, or standard output.
type output struct {
	w     *bufio.Writer
	file  *os.File // nil for standard output
	path  string
	final bool // the file is written under its own name from the start
	force bool // what is at path may be replaced

	growing *growing // of what is written under its own name
}

// createFile opens path for writing and refuses to overwrite unless force. The
// content appears under that name only when [output.commit] is called, so that
// a failure leaves what was there.
func createFile(path string, force bool) (*output, error) {
	if err := mayWrite(path, force); err != nil {
		return nil, err
	}
	if special(path) {
		return createGrowing(path, force)
	}
	path = target(path)
	f, err := createBeside(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, plain(err))
	}
	// What is replaced keeps its permissions; what is new gets those that the user's umask leaves.
	if old, err := os.Stat(path); err == nil {
		_ = f.Chmod(old.Mode().Perm())
	}
	return &output{w: bufio.NewWriterSize(f, 256<<10), file: f, path: path, force: force}, nil
}

// createBeside makes a file in the folder of path, under a name that is no longer than most.
func createBeside(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(filepath.Join(filepath.Dir(path), fmt.Sprintf(".rpcscope.%08x", rand.Uint32())), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// target follows links, also to what does not exist yet: a link stays one, and
// what it points to is made or replaced.
func target(path string) string {
	for range 40 { // as many as Linux follows
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// createGrowing opens path itself, for what is worth keeping even when the program is killed.
// What was there is overwritten by the first write.
func createGrowing(path string, force bool) (*output, error) {
	if err := mayWrite(path, force); err != nil {
		return nil, err
	}
	g := &growing{plain: !special(path)}
	how := os.O_WRONLY
	if g.plain {
		path = target(path)
		_, err := os.Stat(path)
		g.made = err != nil
	}
	if g.made {
		how |= os.O_CREATE | os.O_EXCL // not what another program makes at the same time
	}
	f, err := os.OpenFile(path, how, 0o666)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, existsAlready(path)
	case err != nil:
		return nil, fmt.Errorf("cannot write %s: %w", path, plain(err))
	}
	g.File = f
	return &output{w: bufio.NewWriterSize(g, 64<<10), file: f, path: path, final: true, growing: g}, nil
}

// growing is a file that is written under its own name from the start.
type growing struct {
	*os.File
	plain bool // neither a device nor a pipe
	made  bool // by us
	begun bool // something was written
}

// Write implements [io.Writer].
func (g *growing) Write(b []byte) (int, error) {
	if !g.begun && g.plain {
		if err := g.Truncate(0); err != nil {
			return 0, err
		}
	}
	g.begun = true
	return g.File.Write(b)
}

// untouched reports whether nothing was written yet to a growing file.
func (o *output) untouched() bool { return o.growing != nil && !o.growing.begun }

// abandon closes an untouched file: one that was there keeps its content, one
// that we made is removed, so that the next attempt needs no --force.
func (o *output) abandon() {
	_ = o.growing.Close()
	if o.growing.made {
		_ = os.Remove(o.path)
	}
}

// special reports whether path is a device or a pipe, which is written to and never replaced.
func special(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.Mode().IsRegular() && !st.IsDir()
}

func mayWrite(path string, force bool) error {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Said before what was to be written is read, which may take long.
		if dir := filepath.Dir(target(path)); !exists(dir) {
			return fmt.Errorf("cannot write %s: there is no folder %s", path, dir)
		}
		return nil
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", path, plain(err))
	case st.IsDir():
		return fmt.Errorf("cannot write %s: it is a folder", path)
	case !force && st.Mode().IsRegular():
		return existsAlready(path)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func existsAlready(path string) error {
	return fmt.Errorf("%s exists already; give another name, or --force to overwrite it", path)
}

// commit puts the file in its place.
func (o *output) commit() error {
	err := o.w.Flush()
	if o.file == nil {
		return err
	}
	if e := o.file.Close(); err == nil {
		err = e
	}
	if err == nil && !o.final {
		err = o.place()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		o.discard()
		return existsAlready(o.path)
	}
	o.discard()
	return fmt.Errorf("cannot write %s: %w", o.path, plain(err))
}

// place gives the finished file its name. Without force, a file that appeared
// there in the meantime is not overwritten.
func (o *output) place() error {
	temp := o.file.Name()
	if o.force {
		return os.Rename(temp, o.path)
	}
	err := os.Link(temp, o.path)
	switch {
	case err == nil:
		return os.Remove(temp)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// Some file systems have no hard links.
	if err := mayWrite(o.path, false); err != nil {
		return fs.ErrExist
	}
	return os.Rename(temp, o.path)
}

// discard throws away what was not committed.
func (o *output) discard() {
	_ = o.file.Close()
	if !o.final {
		_ = os.Remove(o.file.Name())
	}
}

// plain takes the path, which our messages name already, out of a file error.
func plain(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// lines is a sink that writes one line an event.
type lines struct {
	w     *bufio.Writer
	names *flow.Names
	json  bool
	buf   []byte
	err   error
}

// Emit implements [flow.Sink].
func (l *lines) Emit(e *flow.Event, m *flow.Message) {
	if l.err != nil {
		return
	}
	if l.json {
		l.buf = flow.AppendJSON(l.buf[:0], l.names, e, m)
	} else {
		l.buf = flow.AppendText(l.buf[:0], l.names, e, m)
	}
	_, l.err = l.w.Write(append(l.buf, '\n'))
}

// openInput opens a file to read. A pipe or a terminal may keep a reader
// waiting for ever: when ctx ends, so does the reading.
func openInput(ctx context.Context, path string) (*os.File, error) {
	f, err := os.Open(path)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = f.Close() })
	}
	return f, err
}

// openRecording opens a flow file.
func openRecording(ctx context.Context, path string, names *flow.Names) (*flow.Reader, io.Closer, error) {
	f, err := openInput(ctx, path)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open %s: %w", path, plain(err))
	}
	r, err := flow.NewReader(f, names)
	if err != nil && ctx.Err() != nil {
		return nil, nil, errInterrupted
	}
	if err != nil {
		_ = f.Close()
		var pe *fs.PathError
		if errors.As(err, &pe) { // a folder, say
			return nil, nil, fmt.Errorf("cannot read %s: %w", path, pe.Err)
		}
		if errors.Is(err, flow.ErrNotFlow) {
			return nil, nil, fmt.Errorf("%s: %w; make one with \"rpcscope record\", \"rpcscope simulate --format flow\", or from capture files with \"rpcscope import\"", path, flow.ErrNotFlow)
		}
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, f, nil
}

// readInto sends every event of a recording to sink. Of a damaged one, the
// part before the damage is sent and the error says where it stops.
func readInto(ctx context.Context, path string, r *flow.Reader, sink flow.Sink) error {
	var e flow.Event
	var m flow.Message
	for {
		with, err := r.Next(&e, &m)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil:
			return fmt.Errorf("%s: %w; what comes before it was read", path, err)
		case with:
			sink.Emit(&e, &m)
		default:
			sink.Emit(&e, nil)
		}
	}
}
