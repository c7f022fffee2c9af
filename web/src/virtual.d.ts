/** Made by build-scenarios.mjs from assets/scenarios. */
declare module 'virtual:scenarios' {
  import type { ScenarioInfo } from './model';
  const list: readonly ScenarioInfo[];
  export default list;
}

/** Go's own loader for WebAssembly; it defines the global Go. */
declare module 'wasm_exec';
