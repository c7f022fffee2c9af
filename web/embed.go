// Package web holds what the browser loads: the pages, their scripts and
// styles, and the engine as WebAssembly, as `node build.mjs` wrote them.
package web

import (
	"embed"
	"io/fs"
)

// dist always contains .keep, so that the repository compiles before anything was built for the browser.
//
//go:embed all:dist
var dist embed.FS

// Dist returns the built files, rooted at index.html. Files under assets/ carry
// a hash of their content in their names. NAME.br and NAME.gz stand beside a
// file where they are smaller. The file system is empty but for .keep when
// nothing was built; see [Built].
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embed directive guarantees the folder
	}
	return sub
}

// Built reports whether the pages and the engine were built before this program was compiled.
func Built() bool {
	if _, err := fs.Stat(dist, "dist/index.html"); err != nil {
		return false
	}
	m, err := fs.Glob(dist, "dist/assets/rpcscope-*.wasm")
	return err == nil && len(m) > 0
}
