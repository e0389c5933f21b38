import { type Telemetry, TelemetryError } from '@telltale/core';
import { checkOptions, type ObserveWasmOptions } from './native-options.ts';
import type { Callable } from './observed-function.ts';
import { ObservedFunctions } from './observed-functions.ts';
import { webAssembly } from './web-assembly.ts';

const OWNER = 'observeWasm';

/**
 * The exports of a WebAssembly instance as a new frozen object whose functions record their calls as boundary calls; memories, tables, globals and
 * tags are the very same. Given an instance, an instance with these exports. Throws `ERR_OPTION` for options that are wrong.
 */
export function observeWasm<T extends object>(
  instanceOrExports: T,
  telemetry: Telemetry,
  options: ObserveWasmOptions,
): T {
  checkOptions(OWNER, options);
  if (typeof instanceOrExports !== 'object' || instanceOrExports === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      `${OWNER} was given ${String(instanceOrExports)}; give a WebAssembly.Instance or its exports.`,
    );
  }
  if (!telemetry.observes('boundary')) return instanceOrExports;
  const isInstance = instanceOrExports instanceof webAssembly.Instance;
  const given: object = isInstance ? (instanceOrExports as unknown as { exports: object }).exports : instanceOrExports;
  const functions = new ObservedFunctions(telemetry, OWNER, 'wasm', options);
  const exports = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    exports[name] = typeof value === 'function' ? functions.observe(name, value as Callable) : value;
  }
  functions.checkNames();
  Object.freeze(exports);
  if (!isInstance) return exports as T;
  return Object.create(webAssembly.Instance.prototype, { exports: { value: exports, enumerable: true } });
}
