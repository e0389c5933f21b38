import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clockTime } from '../format.ts';
import { usePage } from '../shell/page-context.ts';
import { statistics } from './statistics.ts';

interface ChartLine {
  readonly name: string;
  /** More than one are added up. */
  readonly keys: readonly string[];
}

interface ChartProps {
  readonly title: string;
  readonly format: (value: number | null) => string;
  readonly lines: readonly ChartLine[];
}

const HEIGHT = 132;

/** Dashes tell lines apart where colours do not. */
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3]];

/** Lines over time. What it shows is beneath in numbers: at the pointer, or the last, and the least and the most. */
export function Chart({ title, format, lines }: ChartProps): VNode {
  const { live, span, theme } = usePage();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const data = lines.map(({ keys }) => live.lines.sum(keys, span));
  const times = data.find((one) => one.times.length > 0)?.times ?? [];
  const columns = data.map(({ values }) => (values.length === times.length ? values : times.map(() => null)));
  const shape = lines.map(({ name }) => name).join('\n');

  useLayoutEffect(() => {
    const element = place.current!;
    const made = new uPlot(options(element, lines, format, setCursor), [[]], element);
    plot.current = made;
    let drawn = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === drawn || element.clientWidth === 0) return;
      drawn = element.clientWidth;
      made.setSize({ width: drawn, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Colours are read when it is made.
  }, [shape, theme, format]);

  const to = times.at(-1);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData([times, ...columns] as unknown as uPlot.AlignedData, false);
    if (to !== undefined) plot.current.setScale('x', { min: to - span, max: to });
  });

  const at = cursor !== null && cursor < times.length ? cursor : null;
  const numbers = columns.map((values) => statistics(values));
  const spoken = lines.map(({ name }, i) => {
    const { last, min, max } = numbers[i]!;
    return `${name}: last ${format(last)}, min ${format(min)}, max ${format(max)}`;
  });
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div class="plot" ref={place} role="img" aria-label={`${title}. ${spoken.join('; ')}`} />
      <table class="legend">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Line</span>
            </th>
            <th scope="col" class="legend-now">
              {at === null ? 'last' : clockTime(times[at]!)}
            </th>
            <th scope="col">min</th>
            <th scope="col">max</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ name }, i) => (
            <tr key={name}>
              <th scope="row">
                <svg class={`swatch swatch-${i}`} viewBox="0 0 18 4" width="18" height="4" aria-hidden="true">
                  <path d="M0 2h18" stroke-dasharray={DASHES[i]?.join(' ') || undefined} />
                </svg>
                {name}
              </th>
              <td>{format(at === null ? numbers[i]!.last : (columns[i]![at] ?? null))}</td>
              <td>{format(numbers[i]!.min)}</td>
              <td>{format(numbers[i]!.max)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function options(
  element: HTMLElement,
  lines: readonly ChartLine[],
  format: (value: number | null) => string,
  setCursor: (at: number | null) => void,
): uPlot.Options {
  const { fontFamily } = getComputedStyle(element);
  // A canvas knows no `var()` and no `light-dark()`: an element resolves them.
  const probe = element.appendChild(document.createElement('i'));
  const colour = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = {
    stroke: colour('--muted'),
    font: `11px ${fontFamily}`,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  };
  const made: uPlot.Options = {
    width: Math.max(120, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: 'telltale' }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 64,
        values: (_, splits) => splits.map((time) => clockTime(time).slice(0, time % 60 === 0 ? 5 : 8)),
      },
      { ...axis, size: 64, space: 28, values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      {},
      ...lines.map(
        (line, i): uPlot.Series => ({
          label: line.name,
          stroke: colour(`--line-${i}`),
          width: 1.5,
          dash: [...DASHES[i]!],
          points: { show: false },
          ...(lines.length === 1 ? { fill: colour('--line-fill') } : {}),
        }),
      ),
    ],
    hooks: { setCursor: [(self) => setCursor(self.cursor.idx ?? null)] },
  };
  probe.remove();
  return made;
}
