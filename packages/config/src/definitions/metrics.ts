import { z } from 'zod';
import { attributeSelection } from './attribute-values.ts';
import { countFrom } from './numbers.ts';
import { option } from './option.ts';

const instrumentKind = z.enum([
  'counter',
  'upDownCounter',
  'gauge',
  'histogram',
  'summary',
  'observableCounter',
  'observableUpDownCounter',
  'observableGauge',
]);

const boundaries = z
  .array(z.number())
  .refine(
    (bounds) => bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] as number)),
    'numbers, each greater than the one before',
  );

const aggregation = z.strictObject({
  type: z
    .enum(['default', 'drop', 'sum', 'lastValue', 'histogram', 'exponentialHistogram'])
    .meta({ description: 'What becomes of the measurements.' }),
  options: option(
    z.strictObject({
      boundaries: option(boundaries, 'Of a histogram: upper bounds, rising.'),
      maxSize: option(countFrom(2, 16_384), 'Of an exponential histogram: buckets a side.', 160),
      recordMinMax: option(z.boolean(), 'Whether the smallest and the largest value are told.', true),
    }),
    'Of histograms.',
  ),
});

const CRITERIA = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
] as const;

const view = z
  .strictObject({
    instrumentName: option(z.string().min(1), 'The name it was defined with; * for any characters, ? for one.'),
    instrumentType: option(instrumentKind, 'Its kind.'),
    instrumentUnit: option(z.string(), 'Its unit.'),
    meterName: option(z.string(), 'The meter it was made by.'),
    meterVersion: option(z.string(), 'The version of the meter.'),
    meterSchemaUrl: option(z.string(), 'The schema of the meter.'),
    name: option(z.string().min(1), 'The name of the stream; needs an instrumentName without * and ?.'),
    description: option(z.string(), 'The description of the stream.'),
    attributes: option(attributeSelection, 'Which attributes its series carry.'),
    aggregation: option(aggregation, 'What becomes of the measurements.'),
    aggregationCardinalityLimit: option(countFrom(1), 'Series the stream may have in its life.'),
  })
  .refine(
    (one) => CRITERIA.some((key) => one[key] !== undefined),
    "at least one of instrumentName, instrumentType, instrumentUnit and meterName, such as instrumentName: '*' for all",
  )
  .refine(
    ({ name, instrumentName }) => name === undefined || (instrumentName !== undefined && !/[*?]/.test(instrumentName)),
    'an instrumentName without * and ? where there is a name',
  );

/** Which metrics there are and what they carry. */
export const metrics = z.strictObject({
  disable: option(
    z.array(z.string().min(1)),
    'Names that are switched off; job.* stands for all that begin so, * for all.',
  ),
  rename: option(z.record(z.string(), z.string().min(1)), 'Old name to new name.'),
  attributes: option(
    z.record(z.string(), attributeSelection),
    'Which attributes stay, by metric name or pattern; the first that fits counts.',
  ),
  views: option(z.array(view), "Change what becomes of instruments, in OpenTelemetry's words."),
  exemplars: option(
    z.enum(['trace_based', 'always_on', 'always_off']),
    'Which measurements may become exemplars.',
    'trace_based',
  ),
});
