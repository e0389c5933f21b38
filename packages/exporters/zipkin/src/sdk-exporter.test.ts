import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { createTelemetry, fromOtelExporter } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { openZipkinBackend } from '@telltale-internal/backends';
import { expect, it, onTestFinished } from 'vitest';
import { zipkin } from './index.ts';

it('OpenTelemetry’s exporter for Zipkin in our push loop sends what zipkin() sends', async () => {
  const [theirs, ours] = [await openZipkinBackend(), await openZipkinBackend()];
  onTestFinished(async () => void (await Promise.all([theirs.close(), ours.close()])));
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    shutdown: { signals: false },
    exporters: [fromOtelExporter(new ZipkinExporter({ url: theirs.url })), zipkin({ url: ours.url })],
  });
  await telemetry.span('order', async (span) => {
    span.setAttribute('sku', 'a').addEvent('reserved');
    await telemetry.forService('bank').span('pay', () => clock.advance(0.25));
  });
  await telemetry.shutdown();
  expect(telemetry.health().exporters).toMatchObject([{ name: 'ZipkinExporter', accepted: 2 }, { accepted: 2 }]);
  expect(theirs.server.complaints).toStrictEqual([]);
  expect(theirs.spans()).toStrictEqual(ours.spans());
});
