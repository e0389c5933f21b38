import type { Telemetry } from '@telltale/core';
import { webAssembly } from './web-assembly.ts';

const METHOD = 'wasm.method';
const ERROR_TYPE = 'error.type';

/** Seconds: small modules take tens of microseconds, those of browsers' size seconds. */
const DURATION_BUCKETS = [1e-4, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZE_BUCKETS = [1e3, 1e4, 1e5, 1e6, 5e6, 1e7, 5e7, 1e8];

/** The ways to compile, as `wasm.method` has them. */
type Method = 'compile' | 'instantiate' | 'compileStreaming' | 'instantiateStreaming' | 'Module';

/** Where it is told that someone observes already, also to other copies of this package. */
const OBSERVED = Symbol.for('telltale.observed-web-assembly');

type Api = Record<string | symbol, unknown>;
type ModuleClass = typeof webAssembly.Module;
type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Records every compilation of the process's thread that is made through `WebAssembly`: `wasm.compile.duration` and `wasm.module.size`. Replaces its
 * functions until the returned one is called. Again, while it is observed, it does nothing.
 */
export function observeWebAssembly(telemetry: Telemetry): () => void {
  const api = webAssembly as unknown as Api;
  if (api[OBSERVED] !== undefined) {
    telemetry.problem(
      'observeWebAssembly',
      () => 'WebAssembly is observed already, by this or another telemetry; this observeWebAssembly does nothing.',
    );
    return () => {};
  }
  const recorder = new CompileRecorder(telemetry);
  const replaced: (() => void)[] = [];
  const replace = (name: string | symbol, value: unknown): void => {
    const original = Object.getOwnPropertyDescriptor(api, name);
    Object.defineProperty(api, name, { value, writable: true, configurable: true, enumerable: false });
    replaced.push(() => {
      // Whoever has replaced it since has ours inside, and it must stay.
      if (api[name] !== value) return;
      if (original === undefined) delete api[name];
      else Object.defineProperty(api, name, original);
    });
  };
  replace(OBSERVED, true);
  replace('Module', observedModule(webAssembly.Module, recorder));
  for (const method of ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming'] as const) {
    const original = api[method] as AnyFunction | undefined;
    if (original !== undefined) replace(method, observedMethod(method, original, recorder));
  }
  return () => {
    recorder.isOn = false;
    for (const restore of replaced.splice(0)) restore();
  };
}

class CompileRecorder {
  /** Functions that were taken before the end may still be called. */
  isOn = true;
  private readonly telemetry: Telemetry;
  private readonly duration;
  private readonly size;

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
    this.duration = telemetry.histogram('wasm.compile.duration', {
      unit: 's',
      description: 'Time to compile a WebAssembly module; with the instantiate methods, to instantiate it as well.',
      buckets: DURATION_BUCKETS,
    });
    this.size = telemetry.histogram('wasm.module.size', {
      unit: 'By',
      description: 'Size of the WebAssembly modules that were compiled, where it is known.',
      buckets: SIZE_BUCKETS,
    });
  }

  now(): number {
    return this.telemetry.monotonic();
  }

  compiled(method: Method, since: number, size: number | undefined): void {
    if (!this.isOn) return;
    this.duration.record(this.now() - since, { [METHOD]: method });
    if (size !== undefined) this.size.record(size, { [METHOD]: method });
  }

  failed(method: Method, since: number, error: unknown): void {
    if (!this.isOn) return;
    const type = error instanceof Error ? error.name : '_OTHER';
    this.duration.record(this.now() - since, { [METHOD]: method, [ERROR_TYPE]: type });
  }
}

function observedMethod(method: Method, original: AnyFunction, recorder: CompileRecorder): AnyFunction {
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const result = Reflect.apply(original, this, args);
    // A module is compiled already.
    if (args[0] instanceof webAssembly.Module) return result;
    const since = recorder.now();
    const source = sizeOf(args[0]);
    Promise.resolve(result).then(
      async () => recorder.compiled(method, since, await source),
      (error: unknown) => recorder.failed(method, since, error),
    );
    return result;
  };
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(observed, key, { value: original[key], configurable: true });
  }
  return observed;
}

function observedModule(original: ModuleClass, recorder: CompileRecorder): ModuleClass {
  const observed: ModuleClass = new Proxy(original, {
    construct(target, args, newTarget) {
      const since = recorder.now();
      try {
        const made: object = Reflect.construct(target, args, newTarget === observed ? target : newTarget);
        recorder.compiled('Module', since, byteLength(args[0]));
        return made;
      } catch (error) {
        recorder.failed('Module', since, error);
        throw error;
      }
    },
  });
  return observed;
}

/** Bytes of what is compiled; of a response, by its head. */
async function sizeOf(source: unknown): Promise<number | undefined> {
  try {
    const given = await source;
    if (!(given instanceof Response)) return byteLength(given);
    const length = given.headers.get('content-length');
    return length === null || given.headers.has('content-encoding') ? undefined : Number(length);
  } catch {
    return undefined; // the compilation has failed as well
  }
}

function byteLength(source: unknown): number | undefined {
  return source instanceof ArrayBuffer || source instanceof SharedArrayBuffer || ArrayBuffer.isView(source)
    ? source.byteLength
    : undefined;
}
