//go:build js && wasm && mallocs

package main

import (
	"runtime"
	"syscall/js"
)

// The game that tells its allocations is a little larger than the one whose size counts.
func init() {
	js.Global().Set("emptyMallocs", js.FuncOf(func(js.Value, []js.Value) any {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.Mallocs)
	}))
}
