import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';

/** Which metrics of the process and the machine are collected; those that are not named are as with `runtime: true`. */
export interface RuntimeOptions {
  /** Event loop, garbage collection, heap of this thread: `nodejs.*`, `v8js.*`; default true. */
  readonly node?: boolean;
  /** CPU and memory of the process: `process.*`; default true, and false in worker threads, as their process is the same. */
  readonly process?: boolean;
  /** CPU and memory of the machine: `system.cpu.*`, `system.memory.*`; default as `process`. */
  readonly host?: boolean;
  /** Its network: `system.network.*`; default as `process` on Linux. Elsewhere true starts programs that know, once a minute. */
  readonly network?: boolean;
  /** Its file systems and disks: `system.filesystem.*`, `system.disk.*`; default as `network`. */
  readonly disk?: boolean;
  /** Seconds between two looks at how late the event loop is; default 0.01. */
  readonly eventLoopPrecision?: number;
  /** Seconds, at the least, that delay and utilization of the event loop are told of; default 10. */
  readonly window?: number;
}

/** With their defaults. */
export type CheckedRuntimeOptions = Required<RuntimeOptions>;

const PARTS = ['node', 'process', 'host', 'network', 'disk'] as const;
export type RuntimePart = (typeof PARTS)[number];

const DEFAULT_PRECISION = 0.01;
const DEFAULT_WINDOW = 10;

/** Where a default depends on it. */
interface Place {
  readonly isMainThread: boolean;
  readonly platform: NodeJS.Platform;
}

/** `undefined` for nothing at all. Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
export function checkRuntimeOptions(
  given: unknown,
  placeOf: () => Place = thisPlace,
): CheckedRuntimeOptions | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"runtime" is ${JSON.stringify(given)}; give true for all metrics of process and machine, or an object such as { disk: false }.`,
    );
  }
  const options: RuntimeOptions = given === true ? {} : given;
  checkKeys('runtime', options, [...PARTS, 'eventLoopPrecision', 'window']);
  for (const part of PARTS) {
    const value: unknown = options[part];
    if (value === undefined || typeof value === 'boolean') continue;
    throw new TelemetryError('ERR_OPTION', `"runtime.${part}" is ${JSON.stringify(value)}; give true or false.`);
  }
  const { eventLoopPrecision = DEFAULT_PRECISION, window = DEFAULT_WINDOW } = options;
  if (!(eventLoopPrecision >= 0.001 && eventLoopPrecision <= 1)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"runtime.eventLoopPrecision" is ${String(eventLoopPrecision)}; give seconds from 0.001 to 1, such as ${DEFAULT_PRECISION}.`,
    );
  }
  if (!(window >= 1 && window <= 3600)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"runtime.window" is ${String(window)}; give seconds from 1 to 3600, such as ${DEFAULT_WINDOW}.`,
    );
  }
  const { isMainThread: whole, platform } = placeOf();
  const readable = whole && platform === 'linux';
  const { node = true, process = whole, host = whole, network = readable, disk = readable } = options;
  return { node, process, host, network, disk, eventLoopPrecision, window };
}

/** Asked for here, as an import of worker threads would take a fifth of what all of core may take. */
function thisPlace(): Place {
  return { isMainThread: process.getBuiltinModule('node:worker_threads').isMainThread, platform: process.platform };
}
