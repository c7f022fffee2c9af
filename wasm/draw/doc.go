// Package draw paints a [scene.List]. The [Painter] turns the list into
// triangles and sprites – plain Go, tested and measured natively – and the
// surface (js/wasm only) hands them to Ebitengine.
//
// What stands still is cut into triangles once per version of the list and put
// through the camera once per view; a frame in which only messages move costs
// the messages.
package draw
