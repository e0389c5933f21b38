import { TelemetryError } from '../errors.ts';
import type { Metric, Temporality } from '../metrics/snapshot.ts';
import { AGGREGATION_TEMPORALITY, INSTRUMENT_TYPES, type InstrumentType, instrumentTypeOf } from './sdk-metrics.ts';

/**
 * Says for each type of instrument (`'COUNTER'`, `'OBSERVABLE_GAUGE'`, …) which temporality it is to have: as a word, or as a number of the SDK's
 * `AggregationTemporality`. `never` lets functions of the SDK be given as they are.
 */
export type TemporalitySelector = (instrumentType: never) => Temporality | number | undefined;

/** What was selected, for all types of instruments. */
export class TemporalitySelection {
  private readonly deltas = new Set<InstrumentType>();

  /** Asks once for each type, as the SDK's readers do. Throws `ERR_OPTION`, naming `owner`, for what is no temporality. */
  constructor(owner: string, temporality: Temporality | TemporalitySelector | undefined) {
    for (const type of INSTRUMENT_TYPES) {
      const selected =
        typeof temporality === 'function' ? (temporality as (type: InstrumentType) => unknown)(type) : temporality;
      // A gauge is what it is at the time.
      if (isDelta(owner, selected, type) && !type.includes('GAUGE')) this.deltas.add(type);
    }
  }

  /** Whether there are differences of anything. */
  get any(): boolean {
    return this.deltas.size > 0;
  }

  readonly isDelta = (metric: Pick<Metric, 'type' | 'observable'>): boolean =>
    this.deltas.has(instrumentTypeOf(metric));
}

function isDelta(owner: string, selected: unknown, type: InstrumentType): boolean {
  switch (selected) {
    case 'delta':
    case AGGREGATION_TEMPORALITY.DELTA:
      return true;
    case 'cumulative':
    case AGGREGATION_TEMPORALITY.CUMULATIVE:
    case undefined:
      return false;
    default:
      throw new TelemetryError(
        'ERR_OPTION',
        `The temporality of ${owner} for ${type} is ${JSON.stringify(selected) ?? typeof selected}; give "cumulative" or "delta", or 1 or 0 as the SDK's AggregationTemporality has them.`,
      );
  }
}
