import { contextOf } from '@telltale/testing';
import { demoMinute, openAzureMonitorBackend } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { azureMonitor } from './index.ts';

it('the recorded minute of demo traffic', async () => {
  const { snapshot, spans, events } = demoMinute({ temporality: 'delta' });
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString });
  try {
    await exporter.exportMetrics?.(snapshot, contextOf());
    await exporter.exportSpans?.(spans, contextOf());
    await exporter.exportEvents?.(events, contextOf());
    const lines = backend.items().map((item) => JSON.stringify(item));
    await expect(`[\n${lines.join(',\n')}\n]\n`).toMatchFileSnapshot('__golden__/minute.json');
    expect(backend.server.complaints).toEqual([]);
    expect(backend.spanCount()).toBe(spans.length);
    expect(backend.eventCount()).toBe(events.length);
  } finally {
    await exporter.shutdown?.();
    await backend.close();
  }
});
