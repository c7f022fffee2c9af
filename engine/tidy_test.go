package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is the import table of ARCHITECTURE.md: which packages of this
// module, and which third-party modules, the non-test files of a package may
// import directly. The standard library is open to all but for the bans below.
// A package that is not listed may not exist.
var allowed = map[string][]string{
	"engine/flow":     nil,
	"engine/sim":      {"engine/flow", "github.com/google/uuid"},
	"engine/amqp":     {"engine/flow", "engine/sim"},
	"engine/rpc":      {"engine/flow", "engine/sim", "engine/amqp", "engine/transport", "engine/qpid", "engine/zmq"},
	"engine/scenario": {"engine/flow", "engine/sim", "engine/amqp", "engine/rpc", "engine/transport"},
	"engine/view":     {"engine/flow"},
	"engine/pace":     {"engine/flow"},
	"engine/timeline": {"engine/flow", "engine/view"},
	"engine/stats":    {"engine/flow"},
	"engine/diff":     {"engine/flow"},
	"engine/sequence": {"engine/flow", "engine/view"},
	"engine/layout":   {"engine/flow", "engine/view"},
	"engine/scene":    {"engine/flow", "engine/view", "engine/pace", "engine/layout"},
	"engine/player":   {"engine/"},

	"engine/transport": {"engine/flow", "engine/sim"},
	"engine/qpid":      {"engine/flow", "engine/sim", "engine/transport"},
	"engine/zmq":       {"engine/flow", "engine/sim", "engine/transport"},

	"wasm":                {"engine/", "assets", "wasm/", "github.com/hajimehoshi/ebiten/v2"},
	"wasm/draw":           {"engine/", "wasm/", "github.com/hajimehoshi/ebiten/v2"},
	"wasm/draw/tess":      {"engine/scene"},
	"wasm/bridge":         {"engine/", "assets", "wasm/", "livebridge/normalize"},
	"wasm/internal/empty": {"github.com/hajimehoshi/ebiten/v2"},

	"web":                                  nil,
	"assets":                               nil,
	"livebridge/normalize":                 {"engine/flow"},
	"livebridge/rabbittest":                {"github.com/rabbitmq/amqp091-go"},
	"livebridge/rabbittest/cmd/rabbitnode": {"livebridge/rabbittest"},
	"livebridge/oracle/wire":               {"engine/amqp", "engine/flow"},
	"livebridge/oracle/replay":             {"livebridge/oracle"},
	"livebridge/oracle":                    {"engine/amqp", "engine/flow", "engine/sim", "livebridge/rabbittest", "livebridge/oracle/wire"},
	"livebridge": {
		"engine/flow", "engine/view", "engine/stats", "livebridge/normalize",
		"github.com/google/uuid", "github.com/rabbitmq/amqp091-go", "nhooyr.io/websocket",
	},
	"cmd/serve": {"livebridge", "livebridge/normalize", "engine/", "web", "assets"},
}

// banned names what the engine must not touch, because a moment must be the
// same on every machine: the wall clock, scheduling, global randomness, files
// and the network. The functions of math named here give different results on
// different processors.
var (
	bannedImports = []string{"time", "os", "net", "net/", "io/fs", "path/filepath", "math/rand", "math/rand/v2", "crypto/rand", "sync", "runtime", "syscall", "unsafe", "log", "log/slog", "context"}
	bannedMath    = []string{"Exp", "Exp2", "Expm1", "Pow", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Atan2", "Sinh", "Cosh", "Tanh", "Log", "Log1p", "Log2", "Log10"}
	modelPackages = []string{"engine/sim", "engine/amqp", "engine/transport", "engine/qpid", "engine/zmq", "engine/rpc", "engine/scenario"}
)

// goFiles calls visit for every non-test Go file of the module, with its package's path.
func goFiles(t *testing.T, visit func(pkg, path string, f *ast.File, fset *token.FileSet)) {
	t.Helper()
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(rel), path, f, fset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func imports(f *ast.File) (paths []string) {
	for _, s := range f.Imports {
		p, _ := strconv.Unquote(s.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

func TestImportsFollowTheTable(t *testing.T) {
	seen := map[string]bool{}
	goFiles(t, func(pkg, path string, f *ast.File, _ *token.FileSet) {
		seen[pkg] = true
		may, listed := allowed[pkg]
		if !listed {
			t.Errorf("%s: package %s is not in the import table: add it there and in ARCHITECTURE.md", path, pkg)
			return
		}
		for _, imp := range imports(f) {
			name, ours := strings.CutPrefix(imp, "rpcscope/")
			if !ours && !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
				continue // standard library
			}
			fits := func(a string) bool {
				return name == a || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a) || !ours && strings.HasPrefix(name, a+"/")
			}
			if !slices.ContainsFunc(may, fits) {
				t.Errorf("%s: package %s must not import %s", path, pkg, imp)
			}
		}
	})
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("the import table lists %s, which does not exist", pkg)
		}
	}
}

// TestArchitectureNamesEveryPackage keeps the code map whole.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	data, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		name := strings.TrimPrefix(pkg, "livebridge/rabbittest/")
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("ARCHITECTURE.md does not name %s", pkg)
		}
	}
}

func TestEngineIsPure(t *testing.T) {
	goFiles(t, func(pkg, path string, f *ast.File, fset *token.FileSet) {
		if !strings.HasPrefix(pkg, "engine/") {
			return
		}
		for _, imp := range imports(f) {
			for _, b := range bannedImports {
				if imp == b || strings.HasSuffix(b, "/") && strings.HasPrefix(imp, b) {
					t.Errorf("%s: the engine must not import %q", path, imp)
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: the engine must not start goroutines", fset.Position(n.Pos()))
			case *ast.ChanType:
				t.Errorf("%s: the engine must not use channels", fset.Position(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "math" && slices.Contains(modelPackages, pkg) && slices.Contains(bannedMath, n.Sel.Name) {
					t.Errorf("%s: math.%s differs between processors; the model must not use it", fset.Position(n.Pos()), n.Sel.Name)
				}
			}
			return true
		})
	})
}

func TestFilesFitTheirRoom(t *testing.T) {
	const limit = 500 // lines; the aim is 400
	goFiles(t, func(_, path string, _ *ast.File, _ *token.FileSet) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > limit {
			t.Errorf("%s has %d lines: split it", path, n)
		}
	})
}

func TestTopLevelIsFixed(t *testing.T) {
	want := []string{"ARCHITECTURE.md", "LICENSE", "Makefile", "README.md", "assets", "cmd", "engine", "go.mod", "go.sum", "livebridge", "wasm", "web"}
	built := []string{"bin", "dist"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(built, e.Name()) {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("top level is %v, want %v", got, want)
	}
}
