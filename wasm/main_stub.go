//go:build !js || !wasm

package main

func main() { println("this program runs in a browser: build it with GOOS=js GOARCH=wasm") }
