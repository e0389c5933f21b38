import { type Attributes, checkKeys } from '@telltale/core';
import { CallMetric } from './call-metric.ts';
import { decorateMethod, nameOf, type TelemetryMethodDecorator } from './decorate-method.ts';

export interface CountedOptions {
  readonly description?: string;
  /** Default `{call}`. */
  readonly unit?: string;
  /** On every call: few, and the same each time. */
  readonly attributes?: Attributes;
}

/** What is counted of methods without a name of their own. */
const DEFAULT_NAME = 'function.calls';

/**
 * Counts the calls of a method when they have ended; those that failed with `error.type`. Without a name, in `function.calls`, by
 * `code.function.name`. Throws `ERR_OPTION` for what is wrong.
 */
export function Counted(name?: string, options: CountedOptions = {}): TelemetryMethodDecorator {
  checkKeys('Counted', options, ['description', 'unit', 'attributes']);
  const { description, unit = '{call}', attributes } = options;
  return (target, method, descriptor) => {
    const origin = nameOf(target, method);
    const all = name === undefined ? { ...attributes, 'code.function.name': origin } : { ...attributes };
    const metric = new CallMetric(`@Counted of ${origin}`, all, (telemetry, series) => {
      const counter = telemetry.counter(name ?? DEFAULT_NAME, {
        unit,
        ...(name === undefined && { description: 'Calls of methods.' }),
        ...(description !== undefined && { description }),
      });
      const bound = counter.bind(series);
      return {
        completed: (value) => bound.add(value),
        failed: (value, attributes) => counter.add(value, attributes),
      };
    });
    decorateMethod('Counted', target, method, descriptor, (telemetry, proceed) => metric.run(telemetry, proceed, one));
  };
}

const one = (): number => 1;
