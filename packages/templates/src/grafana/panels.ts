import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type Panel, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { conventionOf } from '@telltale/core/conventions';

/** Units of Grafana that are used here. */
type Unit = 's' | 'bytes' | 'Bps' | 'percentunit' | 'short' | 'reqps' | 'ops' | 'none';

/** Legend to expression. */
type Lines = Readonly<Record<string, string>>;

interface PanelSpec {
  readonly title: string;
  /** The metric whose description says what is seen, and what else there is to say. */
  readonly about: string;
  readonly hint?: string;
  readonly unit: Unit;
  readonly lines: Lines;
  /** Of 24 columns. */
  readonly width?: number;
  /** From these values on it is yellow, and red. */
  readonly limits?: readonly [warning: number, critical: number];
}

export interface GraphSpec extends PanelSpec {
  readonly max?: number;
  readonly stacked?: boolean;
  /** Whether points of traces are shown, where the exporter gives exemplars. */
  readonly exemplars?: boolean;
}

export interface TableSpec extends Omit<PanelSpec, 'unit' | 'limits'> {
  /** Of each column of `lines`. */
  readonly units: Readonly<Record<string, Unit>>;
}

export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

const REF_IDS = 'ABCDEFGHIJKLMNOP';
const DEFAULT_WIDTH = 12;

/** Lines over time, with the last and the highest value of each below. */
export function graph(spec: GraphSpec): Builder<Panel> {
  const builder = new TimeseriesBuilder()
    .title(spec.title)
    .description(descriptionOf(spec))
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(spec.stacked ? 30 : 10)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .height(8)
    .span(spec.width ?? DEFAULT_WIDTH)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(queriesOf(spec.lines, (query) => (spec.exemplars ? query.range().exemplar(true) : query.range())));
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (spec.limits !== undefined) builder.thresholds(thresholds(spec.limits));
  return builder;
}

/** One number, with its course behind it. */
export function number(spec: PanelSpec): Builder<Panel> {
  return new StatBuilder()
    .title(spec.title)
    .description(descriptionOf(spec))
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .noValue('–')
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .thresholds(thresholds(spec.limits))
    .height(4)
    .span(spec.width ?? 4)
    .targets(queriesOf(spec.lines, (query) => query.range()));
}

/** A row for each combination of labels, a column for each line. */
export function table(spec: TableSpec): Builder<Panel> {
  const columns = Object.keys(spec.lines);
  const builder = new TableBuilder()
    .title(spec.title)
    .description(descriptionOf(spec))
    .datasource(DATASOURCE)
    .height(9)
    .span(spec.width ?? 24)
    .filterable(true)
    .targets(queriesOf(spec.lines, (query) => query.instant().format(PromQueryFormat.Table)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: Object.fromEntries(columns.map((name, i) => [`Value #${REF_IDS[i]}`, name])),
      },
    });
  for (const name of columns) builder.overrideByName(name, [{ id: 'unit', value: spec.units[name] ?? 'short' }]);
  return builder;
}

function queriesOf(lines: Lines, change: (query: DataqueryBuilder) => DataqueryBuilder): DataqueryBuilder[] {
  return Object.entries(lines).map(([legend, expression], i) =>
    change(
      new DataqueryBuilder()
        .datasource(DATASOURCE)
        .refId(REF_IDS[i] as string)
        .expr(expression)
        .legendFormat(legend),
    ),
  );
}

function descriptionOf({ about, hint }: { readonly about: string; readonly hint?: string }): string {
  const { name, description } = conventionOf(about);
  return `${description.replace(/\.?$/, '.')}${hint === undefined ? '' : ` ${hint}`} (${name})`;
}

function thresholds(limits: PanelSpec['limits']): ThresholdsConfigBuilder {
  const [warning, critical] = limits ?? [];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'green' },
      ...(warning === undefined ? [] : [{ value: warning, color: 'yellow' }]),
      ...(critical === undefined ? [] : [{ value: critical, color: 'red' }]),
    ]);
}
