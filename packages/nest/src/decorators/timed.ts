import { type Attributes, checkKeys } from '@telltale/core';
import { CallMetric } from './call-metric.ts';
import { decorateMethod, nameOf, type TelemetryMethodDecorator } from './decorate-method.ts';

export interface TimedOptions {
  readonly description?: string;
  /** Upper bounds in seconds. Default: those of OpenTelemetry for durations of requests, from 5 ms to 10 s. */
  readonly buckets?: readonly number[];
  /** On every call: few, and the same each time. */
  readonly attributes?: Attributes;
}

/** What is measured of methods without a name of their own. */
const DEFAULT_NAME = 'function.duration';
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Measures how long the calls of a method take, in seconds, until what they return has ended; those that failed with `error.type`. Without a name,
 * in `function.duration`, by `code.function.name`. Throws `ERR_OPTION` for what is wrong.
 */
export function Timed(name?: string, options: TimedOptions = {}): TelemetryMethodDecorator {
  checkKeys('Timed', options, ['description', 'buckets', 'attributes']);
  const { description, buckets = DEFAULT_BUCKETS, attributes } = options;
  return (target, method, descriptor) => {
    const origin = nameOf(target, method);
    const all = name === undefined ? { ...attributes, 'code.function.name': origin } : { ...attributes };
    const metric = new CallMetric(`@Timed of ${origin}`, all, (telemetry, series) => {
      const histogram = telemetry.histogram(name ?? DEFAULT_NAME, {
        unit: 's',
        buckets,
        ...(name === undefined && { description: 'Time that calls of methods take.' }),
        ...(description !== undefined && { description }),
      });
      const bound = histogram.bind(series);
      return {
        completed: (value) => bound.record(value),
        failed: (value, attributes) => histogram.record(value, attributes),
      };
    });
    decorateMethod('Timed', target, method, descriptor, (telemetry, proceed) => {
      const started = performance.now();
      return metric.run(telemetry, proceed, () => (performance.now() - started) / 1000);
    });
  };
}
