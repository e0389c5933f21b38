import { metricsAbout } from './metrics-about.ts';

const FUNCTION = ['code.function.name', 'error.type'];

/** Of @telltale/native, which does not know this list: its tests hold against it. */
export const NATIVE_METRICS = metricsAbout('native', [
  [
    'wasm.compile.duration',
    'histogram',
    's',
    'Time to compile a WebAssembly module; with the instantiate methods, to instantiate it as well.',
    'wasm.method',
    'error.type',
  ],
  [
    'wasm.module.size',
    'histogram',
    'By',
    'Size of the WebAssembly modules that were compiled, where it is known.',
    'wasm.method',
  ],
  [
    'nodejs.active_resources',
    'upDownCounter',
    '{resource}',
    'What keeps the event loop of the thread busy: timers, connections, requests.',
    'resource.type',
  ],
]);

/** Of @telltale/nest's decorators. */
export const FUNCTION_METRICS = metricsAbout('function', [
  ['function.duration', 'histogram', 's', 'Time that calls of methods take.', ...FUNCTION],
  ['function.calls', 'counter', '{call}', 'Calls of methods.', ...FUNCTION],
]);
