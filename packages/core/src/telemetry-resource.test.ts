import { describe, expect, it } from 'vitest';
import type { Exporter, FinishedSpan, MetricsSnapshot, ResourceDetector, TelemetryOptions } from './index.ts';
import { createTelemetry, TelemetryError } from './index.ts';
import { sdkResource } from './opentelemetry/sdk-resource.ts';
import { testTelemetry } from './telemetry.test-support.ts';

const cloud: ResourceDetector = {
  detect: () => ({
    attributes: {
      'cloud.provider': 'aws',
      'cloud.region': Promise.resolve('eu-west-1'),
      'aws.log.group.names': ['app', 'sidecar'],
      'host.id': undefined,
      'host.type': Promise.resolve(undefined),
      'host.image': { id: 1 },
    },
  }),
};

/** Detectors whose answer is given by hand. */
function slowDetector(): { detector: ResourceDetector; answer(region: string): void; fail(error: Error): void } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    detector: { detect: () => ({ attributes: { 'cloud.provider': 'aws', 'cloud.region': promise } }) },
    answer: resolve,
    fail: reject,
  };
}

/** Keeps what it is handed, and what was known of the service at that time. */
function listener(): {
  readonly exporter: Exporter;
  readonly regions: unknown[];
  readonly snapshots: MetricsSnapshot[];
  readonly spans: FinishedSpan[];
} {
  const regions: unknown[] = [];
  const snapshots: MetricsSnapshot[] = [];
  const spans: FinishedSpan[] = [];
  const exporter: Exporter = {
    name: 'listener',
    interval: 0.1,
    async start(source) {
      const [reader] = await source.open();
      regions.push(
        `start ${String(reader?.resource.attributes['cloud.region'] ?? source.resource.attributes['cloud.region'])}`,
      );
    },
    async exportMetrics(snapshot, { resource }) {
      snapshots.push(snapshot);
      regions.push(resource.attributes['cloud.region']);
    },
    async exportSpans(given, { resource }) {
      spans.push(...given);
      regions.push(resource.attributes['cloud.region']);
    },
  };
  return { exporter, regions, snapshots, spans };
}

describe('resource detectors', () => {
  it('add what they find to the resource, and leave out what is no value', async () => {
    const { telemetry, problems } = testTelemetry({ resourceDetectors: [cloud] });
    await telemetry.flush();
    const { attributes } = telemetry.resource;
    expect(attributes).toMatchObject({
      'service.name': 'shop',
      'cloud.provider': 'aws',
      'cloud.region': 'eu-west-1',
      'aws.log.group.names': 'app,sidecar',
    });
    expect(Object.keys(attributes).filter((key) => key.startsWith('host.'))).toEqual([]);
    expect(Object.isFrozen(telemetry.resource) && Object.isFrozen(attributes)).toBe(true);
    expect(problems).toEqual([]);
  });

  it('are weaker than what the service says of itself, and the later one of two counts', async () => {
    const detect = (region: string): ResourceDetector => ({
      detect: () => ({ attributes: { 'cloud.region': region, 'service.name': 'detected', 'k8s.pod.name': region } }),
    });
    const { telemetry } = testTelemetry({
      service: { name: 'shop', attributes: { 'k8s.pod.name': 'given' } },
      resourceDetectors: [detect('first'), detect('second')],
    });
    await telemetry.flush();
    expect(telemetry.resource.attributes).toMatchObject({
      'service.name': 'shop',
      'k8s.pod.name': 'given',
      'cloud.region': 'second',
    });
  });

  it('hold up nobody but exporters, which see the whole resource from their first call on', async () => {
    const slow = slowDetector();
    const { exporter, regions, snapshots, spans } = listener();
    const { telemetry, clock } = testTelemetry({ resourceDetectors: [slow.detector], exporters: [exporter] });
    telemetry.counter('orders').add(1);
    telemetry.span('price', () => {});
    expect(telemetry.resource.attributes['service.name']).toBe('shop');
    clock.advance(0.5);
    expect(regions).toEqual([]);
    slow.answer('eu-west-1');
    await telemetry.flush();
    expect(new Set(regions)).toEqual(new Set(['start eu-west-1', 'eu-west-1']));
    expect(spans[0]?.resource).toBe(telemetry.resource);
    expect(snapshots[0]?.resource).toBe(telemetry.resource);
    expect(snapshots[0]?.metrics.find(({ name }) => name === 'orders')?.resource).toBe(telemetry.resource);
  });

  it('that hang are given up after 1 s, told once, and what others say is kept', async () => {
    const slow = slowDetector();
    const { exporter, regions } = listener();
    const { telemetry, clock, problems } = testTelemetry({
      resourceDetectors: [cloud, { detect: slow.detector.detect, name: 'SlowDetector' } as ResourceDetector],
      exporters: [exporter],
    });
    telemetry.counter('orders').add(1);
    const flushed = telemetry.flush();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
    await flushed;
    expect(regions).toContain('eu-west-1');
    expect(problems.map(({ message }) => message)).toEqual([
      'The resource detector SlowDetector did not say all it knows: it did not answer within 1 s',
    ]);
    slow.answer('us-east-1');
    await telemetry.flush();
    expect(telemetry.resource.attributes['cloud.region']).toBe('eu-west-1');
  });

  it('that throw, reject or answer nothing change nothing', async () => {
    const { detector, fail } = slowDetector();
    fail(new Error('no route to host'));
    const { telemetry, problems } = testTelemetry({
      resourceDetectors: [
        {
          detect: () => {
            throw new Error('no such file');
          },
        },
        { detect: () => ({}) },
        { detect: () => undefined as never },
        Object.assign(Object.create(null), { detect: detector.detect }),
      ],
    });
    await telemetry.flush();
    expect(telemetry.resource.attributes).toMatchObject({ 'service.name': 'shop', 'cloud.provider': 'aws' });
    expect(problems.map(({ message }) => message).join('\n')).toMatch(/no such file/);
  });

  it('speak for services of forService, too, made before or after they answered', async () => {
    const slow = slowDetector();
    const { telemetry } = testTelemetry({ resourceDetectors: [slow.detector] });
    const before = telemetry.forService('auth');
    slow.answer('eu-west-1');
    await telemetry.flush();
    const after = telemetry.forService('search');
    for (const { resource } of [before, after]) expect(resource.attributes['cloud.region']).toBe('eu-west-1');
    expect(after.resource.attributes['service.name']).toBe('search');
  });

  it('are waited for by flush(), also without exporters', async () => {
    const slow = slowDetector();
    const { telemetry } = testTelemetry({ resourceDetectors: [slow.detector] });
    const flushed = telemetry.flush();
    setImmediate(() => slow.answer('eu-west-1'));
    await flushed;
    expect(telemetry.resource.attributes['cloud.region']).toBe('eu-west-1');
  });

  it('are waited for by what is collected', async () => {
    const slow = slowDetector();
    const { telemetry } = testTelemetry({ resourceDetectors: [slow.detector] });
    const collected = telemetry.collect();
    slow.answer('eu-west-1');
    expect((await collected).resource.attributes['cloud.region']).toBe('eu-west-1');
  });

  it('are what the SDK of OpenTelemetry waits for in its own way', async () => {
    const slow = slowDetector();
    const { telemetry } = testTelemetry({ resourceDetectors: [slow.detector] });
    const resource = sdkResource(telemetry.resource);
    expect(resource.asyncAttributesPending).toBe(true);
    expect(resource.attributes['cloud.region']).toBeUndefined();
    slow.answer('eu-west-1');
    await resource.waitForAsyncAttributes?.();
    expect(resource.attributes['cloud.region']).toBe('eu-west-1');
    expect(resource.asyncAttributesPending).toBe(false);
    expect(resource.merge(null).attributes['cloud.region']).toBe('eu-west-1');
    expect(resource.getRawAttributes()).toContainEqual(['cloud.region', 'eu-west-1']);
  });

  it('do not hold up the end for longer than their time', async () => {
    const { exporter, regions } = listener();
    const { telemetry, clock } = testTelemetry({
      resourceDetectors: [slowDetector().detector],
      exporters: [exporter],
      onError: () => {},
    });
    telemetry.counter('orders').add(1);
    const ended = telemetry.shutdown();
    clock.advance(1);
    await ended;
    expect(regions).toHaveLength(2);
  });

  it.each<[string, unknown, string]>([
    ['no array', cloud, '"resourceDetectors" is of type object; give an array of detectors'],
    ['no detectors', [cloud, {}], '"resourceDetectors" has something without detect() at 1'],
  ])('are refused when they are %s', (_, resourceDetectors, words) => {
    const options = { service: { name: 'shop' }, resourceDetectors } as TelemetryOptions;
    expect(() => createTelemetry(options)).toThrow(TelemetryError);
    expect(() => createTelemetry(options)).toThrow(words);
  });
});
