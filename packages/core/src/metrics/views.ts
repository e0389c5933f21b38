import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import type { InstrumentationScope } from '../resource.ts';
import { aggregationOf, type CheckedAggregation, checkView, kindOf } from './check-view.ts';
import { DEFAULT_MAX_SIZE } from './exponential-histogram.ts';
import { DEFAULT_BOUNDARIES, type InstrumentKind, isObservable, type StreamForm, sumForm } from './stream-form.ts';
import type { View } from './view.ts';

/** What views look at. */
export interface InstrumentIdentity {
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: string;
  readonly scope: InstrumentationScope;
}

/** One stream of an instrument. */
export interface StreamPlan {
  readonly form: StreamForm;
  /** Missing for an instrument that no view fits. */
  readonly view?: View;
}

interface ReadyView {
  readonly path: string;
  readonly view: View;
  readonly kind: InstrumentKind | undefined;
  readonly name: RegExp | undefined;
  readonly aggregation: CheckedAggregation;
}

/** Says, for an instrument about to be made, which streams it has. */
export class Views {
  private readonly views: readonly ReadyView[];

  /** Throws `ERR_OPTION` for a view that cannot be, naming its index. */
  constructor(views: readonly View[] = []) {
    if (!Array.isArray(views)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"metrics.views" is ${views === null ? 'null' : `of type ${typeof views}`}; give an array of views.`,
      );
    }
    this.views = views.map((view: View, at) => {
      const path = `metrics.views[${at}]`;
      checkView(path, view);
      return {
        path,
        view,
        kind: kindOf(path, view.instrumentType),
        name: view.instrumentName === undefined ? undefined : patternOf(view.instrumentName),
        aggregation: aggregationOf(path, view.aggregation),
      };
    });
  }

  /** None at all where the views that fit all drop it. `form` is the instrument's own. */
  streamsOf(instrument: InstrumentIdentity, form: StreamForm, diagnostics: Diagnostics): readonly StreamPlan[] {
    const plans: StreamPlan[] = [];
    let fitting = 0;
    for (const ready of this.views) {
      if (!fits(ready, instrument)) continue;
      const { view, aggregation, path } = ready;
      if (isObservable(instrument.kind) && aggregation.type.toLowerCase().endsWith('histogram')) {
        diagnostics.problem(
          'ERR_METRIC_OPTION',
          `${path} ${instrument.name}`,
          () =>
            `"${path}" makes a histogram of "${instrument.name}", whose values are totals that a callback reports; the view is ignored for it. Give it an instrumentType, or another aggregation.`,
        );
        continue;
      }
      fitting++;
      if (aggregation.type !== 'drop') plans.push({ form: formOf(aggregation, instrument.kind, form), view });
    }
    return fitting === 0 ? [{ form }] : plans;
  }
}

function fits({ view, kind, name }: ReadyView, instrument: InstrumentIdentity): boolean {
  const { scope } = instrument;
  return (
    (name === undefined || name.test(instrument.name)) &&
    (kind === undefined || kind === instrument.kind) &&
    (view.instrumentUnit === undefined || view.instrumentUnit === instrument.unit) &&
    (view.meterName === undefined || view.meterName === scope.name) &&
    (view.meterVersion === undefined || view.meterVersion === (scope.version ?? '')) &&
    (view.meterSchemaUrl === undefined || view.meterSchemaUrl === (scope.schemaUrl ?? ''))
  );
}

function formOf(aggregation: CheckedAggregation, kind: InstrumentKind, own: StreamForm): StreamForm {
  const { minMax } = aggregation;
  switch (aggregation.type) {
    case 'sum':
      return sumForm(kind);
    case 'lastValue':
      return { type: 'gauge' };
    case 'histogram':
      return { type: 'histogram', boundaries: aggregation.boundaries ?? DEFAULT_BOUNDARIES, minMax };
    case 'exponentialHistogram':
      return { type: 'exponentialHistogram', maxSize: aggregation.maxSize ?? DEFAULT_MAX_SIZE, minMax };
    default:
      return own;
  }
}

/** Names of instruments are the same whatever their case. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[\\^$.+()[\]{}|/-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'is');
}
