// Command wasm is the map in the browser: it plays the engine's picture on an
// Ebitengine canvas that fills an iframe. web/src/player loads it, lays the
// labels and the focusable nodes over the canvas and hands it what people do.
package main
