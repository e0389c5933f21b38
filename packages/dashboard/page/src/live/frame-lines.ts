import { type Frame, lineKey, type Reading, type View } from '../../../src/frame.ts';

const TRAFFIC = ['rate', 'errorRate', 'p50', 'p95', 'p99'];
const within = (part: string): string[] => TRAFFIC.map((field) => `${part}.${field}`);

/** The fields that some chart shows. */
const FIELDS: Readonly<Record<View, readonly string[]>> = {
  services: [...within('requests'), ...within('jobs'), 'calls.rate', 'waiting', 'cpu', 'memory', 'eventLoopDelay'],
  routes: TRAFFIC,
  queues: ['depth.waiting', 'depth.active', 'depth.delayed', 'oldest', 'workers'],
  jobs: [...TRAFFIC, 'waitP50', 'waitP95'],
  pools: [...TRAFFIC, 'utilization', 'busy', 'pending', 'size', 'waitP95'],
  calls: TRAFFIC,
  runtime: [
    'eventLoopP50',
    'eventLoopP99',
    'eventLoopUtilization',
    'gc',
    'heapUsed',
    'memory',
    'cpu',
    'systemCpu',
    'systemMemory',
    'networkReceived',
    'networkSent',
    'diskRead',
    'diskWritten',
  ],
};

const VIEWS = Object.keys(FIELDS) as View[];
const PATHS = new Map(VIEWS.map((view) => [view, FIELDS[view].map((field) => ({ field, path: field.split('.') }))]));

/**
 * The values of a frame that charts are made of. The server keeps an hour of the most important ones of the busiest rows, `frame.lines`; of all
 * other numbers the page remembers what it has seen itself.
 */
export function* frameLines(frame: Frame): Generator<readonly [key: string, value: Reading]> {
  for (const key in frame.lines) yield [key, frame.lines[key] ?? null];
  for (const view of VIEWS) {
    const paths = PATHS.get(view)!;
    for (const row of frame[view].rows) {
      for (const { field, path } of paths) {
        const value = read(row, path);
        if (value !== null) yield [lineKey(view, row.id, field), value];
      }
    }
  }
}

function read(row: object, path: readonly string[]): number | null {
  let value: unknown = row;
  for (const part of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  return typeof value === 'number' ? value : null;
}
