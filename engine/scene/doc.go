// Package scene says what to draw now: one complete flat list of outlines,
// tokens, labels and proxies. Every painter – the canvas, the label layer, the
// SVG writer – paints the same [List]; none of them knows what a queue is.
//
// Coordinates are world units: CSS pixels at zoom 1. Colours are [Paint]
// tokens, the names of the project's CSS custom properties, so that a list does
// not change with the theme.
//
// The list has a static part (nodes, edges, labels that stand still), rebuilt
// only when what it shows has changed, and a dynamic part (tokens, trails,
// births and deaths) written anew for every frame into the same buffers.
package scene
