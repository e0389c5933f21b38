import type { VNode } from 'preact';
import { Meter } from '../charts/meter.tsx';
import { count, money, percent } from '../format.ts';
import { Facts } from '../shell/facts.tsx';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { type Column, DataTable } from '../table/data-table.tsx';

interface Row {
  readonly id: string;
  readonly metric: string;
  readonly series: number;
}

/** How many series there are, which metrics make them, and what they cost. */
export function SeriesView(): VNode {
  const { series } = usePage().frame;
  const columns: readonly Column<Row>[] = [
    {
      key: 'metric',
      title: 'Metric',
      text: true,
      value: (row) => row.metric,
      show: (row) => <Name text={row.metric} />,
    },
    { key: 'series', title: 'Series', value: (row) => row.series, show: (row) => count(row.series) },
    {
      key: 'budget',
      width: 10,
      title: 'Of its budget',
      hint: `An instrument may have ${count(series.perInstrument)} series`,
      value: (row) => row.series,
      show: (row) => <Meter share={row.series / series.perInstrument} />,
    },
  ];
  return (
    <>
      <section class="card" aria-label="Budget">
        <Facts
          facts={[
            ['series', count(series.series)],
            ['budget', `${count(series.total)} (${percent(series.series / series.total)} used)`],
            ['per instrument', count(series.perInstrument)],
            ['cost a month, all exporters', money(series.monthlyCost)],
          ]}
        />
        <Meter share={series.series / series.total} />
      </section>
      <section class="card" aria-label="Overflows">
        <h3>Attributes with too many values</h3>
        {series.overflows.length === 0 ? (
          <p>
            <StateMark state="ok">none: every series keeps its own attributes</StateMark>
          </p>
        ) : (
          <ul class="problems">
            {series.overflows.map(({ metric, attribute }) => (
              <li key={`${metric}\n${attribute}`}>
                <StateMark state="warning">
                  <Name text={attribute} wrap /> of <Name text={metric} wrap />: further values are “other”
                </StateMark>
              </li>
            ))}
          </ul>
        )}
      </section>
      <DataTable
        caption="Largest metrics"
        rows={series.largest.map((row) => ({ ...row, id: row.metric }))}
        more={0}
        columns={columns}
        sort={{ column: 'series', descending: true }}
        filter={(row) => row.metric}
        empty="Nothing has been recorded."
      />
    </>
  );
}
