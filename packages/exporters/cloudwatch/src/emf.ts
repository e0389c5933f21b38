import {
  type AttributeValue,
  type ExportContext,
  ExportError,
  type Exporter,
  type Point,
  TelemetryError,
} from '@telltale/core';
import { checkExporterOptions, type ExporterOptions, exporterOf } from '@telltale/exporter-kit';
import { emfLines } from './emf-lines.ts';
import { measurementsOf } from './measurements.ts';
import { type CloudWatchNames, checkNames, NAMES_OPTIONS } from './options.ts';
import { refuse } from './refuse.ts';

/** As much of a writable stream of Node as is used. */
export interface EmfStream {
  write(chunk: string, callback: (error?: Error | null) => void): unknown;
}

export interface EmfOptions extends ExporterOptions, CloudWatchNames {
  /** Takes each line, without its end; default: the process's standard output. */
  readonly write?: (line: string) => void;
  /** Takes the lines instead: a socket of the CloudWatch agent, a file. */
  readonly stream?: EmfStream;
  /** Attributes that stand in the lines for Logs Insights, and make no series: what has many values costs nothing there. */
  readonly properties?: readonly string[];
  /** What all lines have besides: `{ functionVersion: '7' }`. */
  readonly fields?: Readonly<Record<string, AttributeValue>>;
  /** For the CloudWatch agent: the log group and stream that it is to write to. Lambda has its own. */
  readonly logGroup?: string;
  readonly logStream?: string;
}

const EMF_OPTIONS = ['write', 'stream', 'properties', 'fields', 'logGroup', 'logStream'] as const;
/** What a second line says is counted a second time. */
const WHEN_UNKNOWN = 'give-up';
/** The member of each line that tells CloudWatch what is in it. */
const META = '_aws';

/**
 * Writes metrics as lines of the embedded metric format, from which CloudWatch Logs makes metrics: for Lambda, where standard output is a log. There,
 * `await telemetry.flush()` at the end of each invocation. Needs no library, no credentials and no calls.
 */
export function emf(options: EmfOptions): Exporter {
  checkExporterOptions('emf', options, [...NAMES_OPTIONS, ...EMF_OPTIONS]);
  const names = checkNames('emf', options, { together: true, reserved: [META] });
  const { properties = [], fields = {}, logGroup, logStream } = options;
  checkEmf(options);
  const write = writerOf(options);
  const { namespace, highResolution } = names;
  return exporterOf('emf', options, {
    name: 'emf',
    backend: 'emf',
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    exportMetrics: async (snapshot, context) => {
      context.signal.throwIfAborted();
      const measured = measurementsOf(snapshot, { ...names, properties: new Set(properties) });
      const withRefused = refuse(measured, context);
      const lines = emfLines(measured, { namespace, highResolution, fields, logGroup, logStream });
      const points = measured.filter(({ measurements }) => measurements.length > 0).map(({ point }) => point);
      if (lines.length > 0) await writeLines(lines, points, write, context);
      context.accepted(points);
      return withRefused({ accepted: points.length, rejected: 0 });
    },
  });
}

type Write = (lines: readonly string[]) => Promise<void>;

/** All lines at once: a histogram may be in several of them, and is there in whole or not at all. */
async function writeLines(
  lines: readonly string[],
  points: readonly Point[],
  write: Write,
  context: ExportContext,
): Promise<void> {
  const { signal } = context;
  await context.request?.(lines.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0));
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => {
      context.unknown?.(points, WHEN_UNKNOWN);
      reject(
        new ExportError('the lines were not taken in time', {
          cause: signal.reason,
          outcomeUnknown: true,
          retryable: false,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([write(lines), stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function writerOf({ write, stream = process.stdout }: EmfOptions): Write {
  if (write !== undefined) {
    return async (lines) => {
      for (const line of lines) write(line);
    };
  }
  return (lines) =>
    new Promise((resolve, reject) => {
      stream.write(`${lines.join('\n')}\n`, (error) => (error ? reject(error) : resolve()));
    });
}

function checkEmf(options: EmfOptions): void {
  const fail = (key: keyof EmfOptions, what: string): never => {
    throw new TelemetryError('ERR_OPTION', `"emf.${key}" ${what}`);
  };
  const { write, stream, properties = [], fields = {} } = options;
  if (write !== undefined && typeof write !== 'function') fail('write', 'is no function; give (line) => void.');
  if (stream !== undefined && typeof stream?.write !== 'function')
    fail('stream', 'has no write(); give a writable stream.');
  if (write !== undefined && stream !== undefined) fail('stream', 'has no effect beside "write"; give one of them.');
  if (!Array.isArray(properties) || properties.some((key) => typeof key !== 'string')) {
    fail('properties', `is ${JSON.stringify(properties)}; give an array of keys of attributes.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    fail('fields', `is ${JSON.stringify(fields)}; give an object.`);
  }
  if (META in fields) fail('fields', `has "${META}", which is the format's own; take another name.`);
  for (const key of ['logGroup', 'logStream'] as const) {
    const name = options[key];
    if (name !== undefined && (typeof name !== 'string' || name === '')) {
      fail(key, `is ${JSON.stringify(name)}; give a name.`);
    }
  }
}
