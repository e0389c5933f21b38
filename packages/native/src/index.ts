export type { ObserveAddonOptions, ObserveWasmOptions } from './native-options.ts';
export { observeActiveResources } from './observe-active-resources.ts';
export { observeAddon } from './observe-addon.ts';
export { observeWasm } from './observe-wasm.ts';
export { observeWebAssembly } from './observe-web-assembly.ts';
