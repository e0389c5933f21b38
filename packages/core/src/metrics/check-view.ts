import { checkKeys, nearestOf } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import { positiveInteger } from './cardinality-budget.ts';
import { checkSelection } from './check-selection.ts';
import type { InstrumentKind } from './stream-form.ts';
import type { View, ViewAggregation, ViewAggregationType } from './view.ts';

const KNOWN = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
  'name',
  'description',
  'attributes',
  'attributesProcessors',
  'aggregation',
  'aggregationCardinalityLimit',
  'exemplarReservoir',
];
const CRITERIA = KNOWN.slice(0, 6) as readonly (keyof View)[];
const TEXTS = KNOWN.slice(0, 8) as readonly (keyof View)[];

/** In the order of the SDK's `AggregationType`. */
const AGGREGATIONS: readonly ViewAggregationType[] = [
  'default',
  'drop',
  'sum',
  'lastValue',
  'histogram',
  'exponentialHistogram',
];

/** By the SDK's `InstrumentType`. */
const SDK_KINDS: Readonly<Record<string, InstrumentKind>> = {
  COUNTER: 'counter',
  UP_DOWN_COUNTER: 'upDownCounter',
  GAUGE: 'gauge',
  HISTOGRAM: 'histogram',
  OBSERVABLE_COUNTER: 'observableCounter',
  OBSERVABLE_UP_DOWN_COUNTER: 'observableUpDownCounter',
  OBSERVABLE_GAUGE: 'observableGauge',
};
const KINDS: readonly InstrumentKind[] = [...Object.values(SDK_KINDS), 'summary'];

/** More would not make a histogram more exact, only larger: at the finest scale they are a factor of 1.01. */
const MOST_BUCKETS = 16_384;

/** What a view says of aggregation, with its defaults; `boundaries` is missing where the specification's are meant. */
export interface CheckedAggregation {
  readonly type: ViewAggregationType;
  readonly boundaries?: readonly number[];
  readonly maxSize?: number;
  readonly minMax: boolean;
}

/**
 * Throws `ERR_OPTION` for a view that cannot be, naming it by its path: `metrics.views[0]`. What `kindOf` and `aggregationOf` read of it, they
 * check themselves.
 */
export function checkView(path: string, view: View): void {
  checkKeys(path, view, KNOWN);
  for (const key of TEXTS) {
    const value = view[key];
    if (
      value !== undefined &&
      (typeof value !== 'string' || (value === '' && (key === 'name' || key === 'instrumentName')))
    )
      throw refusal(`${path}.${key}`, value, 'give a text, or leave it out');
  }
  if (CRITERIA.every((key) => view[key] === undefined)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" says nothing of which instruments it is for; give instrumentName, instrumentType, instrumentUnit or meterName, such as instrumentName: '*' for all.`,
    );
  }
  if (view.name !== undefined && (view.instrumentName === undefined || /[*?]/.test(view.instrumentName))) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" gives the name "${view.name}" to all instruments that fit ${view.instrumentName === undefined ? 'it' : `"${view.instrumentName}"`}; give an instrumentName without "*" and "?", or leave the name out.`,
    );
  }
  checkAttributes(path, view);
  if (view.aggregationCardinalityLimit !== undefined)
    positiveInteger(`${path}.aggregationCardinalityLimit`, view.aggregationCardinalityLimit);
  if (view.exemplarReservoir !== undefined && typeof view.exemplarReservoir !== 'function')
    throw refusal(
      `${path}.exemplarReservoir`,
      view.exemplarReservoir,
      'give a function that makes a reservoir for each series',
    );
}

export function kindOf(path: string, type: string | undefined): InstrumentKind | undefined {
  if (type === undefined) return undefined;
  const kind = Object.hasOwn(SDK_KINDS, type) ? SDK_KINDS[type] : KINDS.find((one) => one === type);
  if (kind !== undefined) return kind;
  const nearest = nearestOf(type, [...KINDS, ...Object.keys(SDK_KINDS)]);
  throw new TelemetryError(
    'ERR_OPTION',
    `"${path}.instrumentType" is "${type}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}; known are ${KINDS.join(', ')}.`,
  );
}

export function aggregationOf(path: string, aggregation: ViewAggregation | undefined): CheckedAggregation {
  if (aggregation === undefined) return { type: 'default', minMax: true };
  const at = `${path}.aggregation`;
  checkKeys(at, aggregation, ['type', 'options']);
  const { type: given, options = {} } = aggregation;
  const type = typeof given === 'number' ? AGGREGATIONS[given] : AGGREGATIONS.find((one) => one === given);
  if (type === undefined) throw refusal(`${at}.type`, given, `give one of ${AGGREGATIONS.join(', ')}`);
  checkKeys(`${at}.options`, options, ['boundaries', 'maxSize', 'recordMinMax']);
  const { boundaries, maxSize, recordMinMax = true } = options;
  if (typeof recordMinMax !== 'boolean')
    throw refusal(`${at}.options.recordMinMax`, recordMinMax, 'give true or false');
  if (maxSize !== undefined && !(Number.isInteger(maxSize) && maxSize >= 2 && maxSize <= MOST_BUCKETS))
    throw refusal(`${at}.options.maxSize`, maxSize, `give a whole number from 2 to ${MOST_BUCKETS}`);
  return {
    type,
    minMax: recordMinMax,
    ...(boundaries !== undefined && { boundaries: checkedBoundaries(`${at}.options.boundaries`, boundaries) }),
    ...(maxSize !== undefined && { maxSize }),
  };
}

/** As the SDK takes them, with infinities at the ends. */
function checkedBoundaries(path: string, boundaries: readonly number[]): readonly number[] {
  const finite = Array.isArray(boundaries)
    ? boundaries.filter((bound) => bound !== Number.POSITIVE_INFINITY && bound !== Number.NEGATIVE_INFINITY)
    : [Number.NaN];
  const rising = finite.every(
    (bound, at) => Number.isFinite(bound) && (at === 0 || bound > (finite[at - 1] as number)),
  );
  if (!rising) throw refusal(path, boundaries, 'give numbers, each greater than the one before');
  return Object.freeze([...finite]);
}

function checkAttributes(path: string, { attributes, attributesProcessors }: View): void {
  if (attributes !== undefined) checkSelection(`${path}.attributes`, attributes);
  if (attributesProcessors === undefined) return;
  const at = `${path}.attributesProcessors`;
  if (!Array.isArray(attributesProcessors))
    throw refusal(at, attributesProcessors, 'give an array of objects that have process(attributes)');
  const wrong = attributesProcessors.findIndex((one) => typeof one?.process !== 'function');
  if (wrong >= 0)
    throw refusal(`${at}[${wrong}]`, attributesProcessors[wrong], 'give an object that has process(attributes)');
}

function refusal(path: string, value: unknown, mend: string): TelemetryError {
  const text = Array.isArray(value)
    ? `[${value.map(String).join(', ')}]`
    : typeof value === 'string'
      ? `"${value}"`
      : typeof value === 'object' && value !== null
        ? 'of type object'
        : String(value);
  return new TelemetryError('ERR_OPTION', `"${path}" is ${text}; ${mend}.`);
}
