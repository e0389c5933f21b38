import type { Context } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { CardinalityBudget } from './cardinality-budget.ts';
import type { ExemplarSource } from './exemplars.ts';
import type { Expiry } from './expiry.ts';
import type { MetricsSelection } from './metrics-options.ts';
import type { ObservableCallbacks } from './observable-callbacks.ts';

/** What all registries of a process share. */
export interface RegistryContext {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly budget: CardinalityBudget;
  readonly expiry: Expiry | undefined;
  readonly selection: MetricsSelection;
  readonly callbacks: ObservableCallbacks;
  /** `undefined` when no exemplars are wanted. */
  readonly exemplars: ExemplarSource | undefined;
  /** For the processors of views. */
  readonly activeContext: () => Context;
  /** On every series. */
  readonly attributes: SeriesAttributes;
}
