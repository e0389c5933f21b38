import { contextOf } from '@telltale/testing';
import { demoMinute, openStatsdBackend, parseStatsdLine } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { type StatsdDialect, statsd } from './index.ts';

const { snapshot } = demoMinute({ temporality: 'delta' });

async function minute(dialect: StatsdDialect): Promise<readonly string[]> {
  const backend = await openStatsdBackend(0, { grammar: dialect });
  const exporter = statsd({ port: backend.port, dialect });
  await exporter.exportMetrics?.(snapshot, contextOf());
  await backend.received();
  await backend.close();
  expect(backend.complaints).toEqual([]);
  return backend.lines;
}

it('the recorded minute of demo traffic', async () => {
  await expect(`${runs(await minute('etsy')).join('\n')}\n`).toMatchFileSnapshot('__golden__/minute.txt');
});

/** Lines that are the same as the one before are counted. */
function runs(lines: readonly string[]): readonly string[] {
  const written: string[] = [];
  for (let i = 0, end = 0; i < lines.length; i = end) {
    while (end < lines.length && lines[end] === lines[i]) end++;
    written.push(end - i === 1 ? (lines[i] as string) : `${lines[i]} (${end - i} times)`);
  }
  return written;
}

for (const dialect of ['etsy', 'graphite', 'telegraf', 'datadog'] as const) {
  it(`the recorded minute has the numbers that were recorded, in the dialect ${dialect}`, async () => {
    const parsed = (await minute(dialect)).map((line) => parseStatsdLine(line, dialect));
    const totals = new Map<string, number>();
    for (const line of parsed) {
      if (line.kind === 'event' || line.type === 'g') continue;
      // Etsy's names have the attributes in them; no name of the minute begins another.
      const { name } = snapshot.metrics.find((metric) => `${line.name}.`.startsWith(`${metric.name}.`)) ?? { name: '' };
      const more = line.type === 'c' ? line.values[0] : 1;
      totals.set(name, (totals.get(name) ?? 0) + more * line.weight);
    }
    for (const metric of snapshot.metrics) {
      if (metric.type === 'gauge' || metric.type === 'upDownCounter' || metric.type === 'summary') continue;
      const same = snapshot.metrics.filter(({ name }) => name === metric.name);
      const points = same.flatMap(
        (one) => one.points as readonly { readonly value?: number; readonly count?: number }[],
      );
      const recorded = points.reduce((sum, { value = 0, count = 0 }) => sum + value + count, 0);
      expect([metric.name, totals.get(metric.name)]).toEqual([metric.name, expect.closeTo(recorded, 6)]);
    }
  });
}
