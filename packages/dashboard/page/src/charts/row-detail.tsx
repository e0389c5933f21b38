import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { lineKey, type View } from '../../../src/frame.ts';
import { bytes, bytesPerSecond, count, percent, rate, seconds } from '../format.ts';
import { hashOf } from '../shell/address.ts';
import { Icon } from '../shell/icons.tsx';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { Chart } from './chart.tsx';

const FORMATS = { bytes, bytesPerSecond, count, percent, rate, seconds } as const;

export interface ChartPlan {
  readonly title: string;
  readonly unit: keyof typeof FORMATS;
  /** Name of the line → field of the row. */
  readonly lines: Readonly<Record<string, string>>;
}

/** Of everything that has calls; `prefix` is the field that holds them. */
export function trafficCharts(what: string, prefix = ''): readonly ChartPlan[] {
  return [
    { title: `${what} per second`, unit: 'rate', lines: { rate: `${prefix}rate` } },
    { title: 'Errors per second', unit: 'rate', lines: { failed: `${prefix}errorRate` } },
    { title: 'Duration', unit: 'seconds', lines: { p50: `${prefix}p50`, p95: `${prefix}p95`, p99: `${prefix}p99` } },
  ];
}

export function Charts({ view, id, plans }: { view: View; id: string; plans: readonly ChartPlan[] }): VNode {
  return (
    <div class="charts">
      {plans.map(({ title, unit, lines }) => (
        <Chart
          key={title}
          title={title}
          format={FORMATS[unit]}
          lines={Object.entries(lines).map(([name, field]) => ({ name, keys: [lineKey(view, id, field)] }))}
        />
      ))}
    </div>
  );
}

interface RowDetailProps {
  readonly title: string;
  readonly service: string;
  readonly children: ComponentChildren;
}

/** What opens when a row is chosen. It takes the focus, and Esc closes it. */
export function RowDetail({ title, service, children }: RowDetailProps): VNode {
  const { address } = usePage();
  const { open, ...closed } = address;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [open]);
  return (
    <section class="card detail" aria-label="Details">
      <div class="detail-head">
        <h3 ref={heading} tabIndex={-1}>
          <Name text={title} wrap />
        </h3>
        <p class="detail-service">
          <Name text={service} />
        </p>
        <a class="button" href={hashOf(closed)}>
          <Icon name="close" />
          Close
        </a>
      </div>
      {children}
    </section>
  );
}
