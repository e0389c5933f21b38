/** What gauges of several processes give together. `last`: the value that changed last. */
export type GaugeRule = 'sum' | 'max' | 'min' | 'mean' | 'last';

export const GAUGE_RULES: readonly GaugeRule[] = ['sum', 'max', 'min', 'mean', 'last'];

/** Of Telltale's own metrics, and of those of the option `runtime`. All others are `last`, unless the option `gauges` says otherwise. */
const BUILT_IN: Readonly<Record<string, GaugeRule>> = {
  'worker_pool.utilization': 'mean',
  'worker_pool.worker.utilization': 'mean',
  'job.memory.peak': 'max',
  'telltale.series': 'sum',
  'telltale.overflows': 'max',
  'telltale.exporter.failing': 'max',
  'nodejs.eventloop.utilization': 'mean',
  'nodejs.eventloop.delay.min': 'min',
  'nodejs.eventloop.delay.mean': 'mean',
  'nodejs.eventloop.delay.max': 'max',
  'nodejs.eventloop.delay.stddev': 'max',
  'nodejs.eventloop.delay.p50': 'max',
  'nodejs.eventloop.delay.p90': 'max',
  'nodejs.eventloop.delay.p99': 'max',
  'v8js.memory.heap.used': 'sum',
  'v8js.memory.heap.space.available_size': 'sum',
  'v8js.memory.heap.space.physical_size': 'sum',
  'v8js.resource.active': 'sum',
  'process.cpu.utilization': 'sum',
  'process.memory.usage': 'sum',
};

/** Whose values say how much those of another count in its mean, member by member: the part of larger pools is larger. */
const WEIGHTS: Readonly<Record<string, string>> = { 'worker_pool.utilization': 'worker_pool.size' };

export function weightOf(name: string): string | undefined {
  return Object.hasOwn(WEIGHTS, name) ? WEIGHTS[name] : undefined;
}

/** The rule for a metric: the first of `given` that fits its name, else the built-in one. */
export function gaugeRule(name: string, given: Readonly<Record<string, GaugeRule>>): GaugeRule {
  const fitting = Object.keys(given).find((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
  if (fitting !== undefined) return given[fitting] as GaugeRule;
  return Object.hasOwn(BUILT_IN, name) ? (BUILT_IN[name] as GaugeRule) : 'last';
}

/** The value of one member. */
export interface GaugePart {
  readonly value: number;
  /** Seconds since the Unix epoch at which the value changed. */
  readonly time: number;
  readonly weight: number;
}

/** The value of all together; `undefined` without any. What is no number counts only where nothing else is there. */
export function mergeGauges(rule: GaugeRule, parts: readonly GaugePart[]): number | undefined {
  if (rule === 'last') {
    let last: GaugePart | undefined;
    for (const part of parts) if (last === undefined || part.time >= last.time) last = part;
    return last?.value;
  }
  const known = parts.filter(({ value }) => !Number.isNaN(value));
  if (known.length === 0) return parts[0]?.value;
  const values = known.map(({ value }) => value);
  switch (rule) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'mean':
      return mean(known);
  }
}

function mean(parts: readonly GaugePart[]): number {
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return parts.reduce((sum, { value }) => sum + value, 0) / parts.length;
  return parts.reduce((sum, { value, weight }) => sum + value * weight, 0) / weights;
}
