import type { Attributes, Counter, Histogram, Telemetry } from '@telltale/core';
import type { ResourcesUsed } from './sandbox.ts';

/** OpenTelemetry's advice for durations of functions, and on to the 15 minutes that Lambda allows. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900];
const MIB = 1024 * 1024;
/** The sizes that Lambda's memory is commonly set to, up to its 10 GiB. */
const BYTES = [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 10_240].map(
  (size) => size * MIB,
);

/** What became of an invocation. */
export type InvocationOutcome = 'completed' | 'failed' | 'timed_out';

/** What an invocation took. */
export interface InvocationUsage extends ResourcesUsed {
  /** Seconds. */
  readonly duration: number;
}

/** The instruments of OpenTelemetry's conventions for functions (`faas.*`). */
export class FaasMetrics {
  private readonly invokeDuration: Histogram;
  private readonly initDuration: Histogram;
  private readonly memory: Histogram;
  private readonly cpu: Histogram;
  private readonly coldStarts: Counter;
  private readonly invocations: Counter;
  private readonly errors: Counter;
  private readonly timeouts: Counter;

  constructor(telemetry: Telemetry) {
    const histogram = (name: string, unit: string, buckets: readonly number[], description: string) =>
      telemetry.histogram(name, { unit, buckets: [...buckets], description });
    const counter = (name: string, unit: string, description: string) => telemetry.counter(name, { unit, description });
    this.invokeDuration = histogram(
      'faas.invoke_duration',
      's',
      SECONDS,
      "Time of an invocation in the function's code.",
    );
    this.initDuration = histogram(
      'faas.init_duration',
      's',
      SECONDS,
      'Time from the start of the process until the function was loaded.',
    );
    this.memory = histogram('faas.mem_usage', 'By', BYTES, 'Largest memory of the process, after each invocation.');
    this.cpu = histogram('faas.cpu_usage', 's', SECONDS, 'CPU time of the process during an invocation.');
    this.coldStarts = counter('faas.coldstarts', '{coldstart}', 'Invocations that waited for a process to start.');
    this.invocations = counter('faas.invocations', '{invocation}', 'Invocations that succeeded.');
    this.errors = counter('faas.errors', '{error}', 'Invocations that failed.');
    this.timeouts = counter('faas.timeouts', '{timeout}', 'Invocations that ran out of time.');
  }

  started(attributes: Attributes, init: number | undefined, cold: boolean): void {
    if (cold) this.coldStarts.add(1, attributes);
    if (init !== undefined) this.initDuration.record(init, attributes);
  }

  ended(
    attributes: Attributes,
    outcome: InvocationOutcome,
    errorType: string | undefined,
    usage: InvocationUsage,
  ): void {
    const all = errorType === undefined ? attributes : { ...attributes, 'error.type': errorType };
    if (outcome === 'completed') this.invocations.add(1, attributes);
    else if (outcome === 'failed') this.errors.add(1, all);
    else this.timeouts.add(1, attributes);
    this.invokeDuration.record(usage.duration, all);
    this.memory.record(usage.memory, attributes);
    if (usage.cpu !== undefined) this.cpu.record(usage.cpu, attributes);
  }
}
