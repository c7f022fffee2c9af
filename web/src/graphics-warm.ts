/*
 * A worker that asks for WebGL once. The browser starts its graphics process for the first one who asks and makes him wait;
 * here that happens beside the loading of the engine. Where this cannot be, the map waits as it would have.
 */
try {
  new OffscreenCanvas(1, 1).getContext('webgl2', { antialias: false, alpha: false, depth: false });
} catch {
  // no OffscreenCanvas: nothing to make ready
}
