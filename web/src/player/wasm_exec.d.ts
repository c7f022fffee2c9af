/** Go's own glue, from the Go installation that built the engine. */
declare module 'wasm_exec';
