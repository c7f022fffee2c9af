package engine_test

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// listed is a package as `go list` tells of it.
type listed struct {
	path, dir, export string
	files             []string
}

// modelClosure lists what the model is made of: all packages of this module that
// a scenario's world consists of, and pace, which decides the order of the
// display; with the compiled exports of all that they import.
func modelClosure(t *testing.T) (ours []listed, exports map[string]string) {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{.Export}}\t{{join .GoFiles \" \"}}", "./scenario", "./pace")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.Bytes())
	}
	exports = map[string]string{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		exports[f[0]] = f[2]
		if strings.HasPrefix(f[0], "rpcscope/") {
			ours = append(ours, listed{f[0], f[1], f[2], strings.Fields(f[3])})
		}
	}
	return ours, exports
}

// TestTheModelDoesNotCalculateInFloatingPoint: processors differ in the last
// bit, above all where one fuses x*y+z (arm64, ppc64, s390x do; amd64, 386 and wasm do
// not). The model calculates in integers throughout, so that no such difference can be.
func TestTheModelDoesNotCalculateInFloatingPoint(t *testing.T) {
	ours, exports := modelClosure(t)
	if len(ours) < 6 {
		t.Fatalf("the model is made of %v only", ours)
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range ours {
		var files []*ast.File
		for _, name := range p.files {
			f, err := parser.ParseFile(fset, p.dir+"/"+name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		for _, pos := range floatArithmetic(t, p.path, fset, files, imports) {
			t.Errorf("%s: the model must not calculate in floating point", pos)
		}
	}
}

// floatArithmetic finds sums, differences, products and quotients of floating-point numbers that are no constants.
func floatArithmetic(t *testing.T, path string, fset *token.FileSet, files []*ast.File, imports types.Importer) (found []token.Position) {
	t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: imports}
	if _, err := conf.Check(path, fset, files, info); err != nil {
		t.Fatal(err)
	}
	isFloat := func(e ast.Expr) bool {
		tv, ok := info.Types[e]
		if !ok || tv.Value != nil || tv.Type == nil {
			return false
		}
		b, ok := tv.Type.Underlying().(*types.Basic)
		return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
	}
	arithmetic := map[token.Token]bool{
		token.ADD: true, token.SUB: true, token.MUL: true, token.QUO: true,
		token.ADD_ASSIGN: true, token.SUB_ASSIGN: true, token.MUL_ASSIGN: true, token.QUO_ASSIGN: true,
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if arithmetic[n.Op] && isFloat(n) {
					found = append(found, fset.Position(n.OpPos))
				}
			case *ast.AssignStmt:
				if arithmetic[n.Tok] && isFloat(n.Lhs[0]) {
					found = append(found, fset.Position(n.TokPos))
				}
			case *ast.IncDecStmt:
				if isFloat(n.X) {
					found = append(found, fset.Position(n.TokPos))
				}
			}
			return true
		})
	}
	return found
}

// TestFloatArithmeticIsFound also where no float is written down.
func TestFloatArithmeticIsFound(t *testing.T) {
	const source = `package p
type ratio float32
func half() float64
func f(a, b float64, r ratio, n int) int {
	const c = 1.5 * 2
	x := a*b + 1
	r += 2
	y := half()
	y++
	n += 3
	return int(x) + n*4 + int(half() / c)
}`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range floatArithmetic(t, "p", fset, []*ast.File{f}, nil) {
		lines = append(lines, p.Line)
	}
	want := []int{6, 6, 7, 9, 11}
	if len(lines) != len(want) {
		t.Fatalf("found in lines %v, want %v", lines, want)
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Fatalf("found in lines %v, want %v", lines, want)
		}
	}
}
