import { MetricResolution, Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SAMPLE_START, SAMPLE_TIME } from '@telltale/testing';
import { createMetricsLogger, type MetricsLogger, StorageResolution, Unit } from 'aws-embedded-metrics';
import { afterEach, expect, test, vi } from 'vitest';
import { type Line, linesOf, orders, point, queue, snapshotOf, statisticsOf } from './emf.test-support.ts';

// As its import looks where it runs: not by asking a network for EC2.
vi.hoisted(() => {
  process.env.AWS_EMF_ENVIRONMENT = 'Lambda';
});

afterEach(() => vi.unstubAllEnvs());

test.each([false, true])(
  'a line is the one that aws-embedded-metrics writes for the same numbers (high resolution: %s)',
  async (highResolution) => {
    const time = Math.floor(Date.now() / 1000);
    const theirs = await writtenBy((logger) => {
      logger
        .setNamespace('Checkout')
        .setDimensions({ Stage: 'prod', plan: 'pro' })
        .setTimestamp(new Date(time * 1000));
      const resolution = highResolution ? StorageResolution.High : StorageResolution.Standard;
      logger.putMetric('orders', 42, Unit.Count, resolution);
      logger.putMetric('queue.size', 7.5, Unit.Bytes, resolution);
      logger.setProperty('version', '7');
    });

    const at = { points: [{ ...point({ plan: 'pro' }, 42), time }] };
    const sizeAt = { points: [{ ...point({ plan: 'pro' }, 7.5), time }] };
    const ours = await linesOf(snapshotOf({ ...orders, ...at }, { ...queue, ...sizeAt }), {
      dimensions: { Stage: 'prod' },
      resourceDimensions: [],
      fields: { version: '7' },
      highResolution,
    });
    expect(ours).toEqual(theirs.map(sortedMetrics));
  },
);

test.each([false, true])(
  'a line is the one that Powertools for AWS Lambda writes for the same numbers (high resolution: %s)',
  async (highResolution) => {
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const metrics = new Metrics({ namespace: 'Checkout', serviceName: 'checkout' });
    metrics.addDimension('plan', 'pro');
    const time = Math.floor(Date.now() / 1000);
    metrics.setTimestamp(time * 1000);
    const resolution = highResolution ? MetricResolution.High : MetricResolution.Standard;
    metrics.addMetric('orders', MetricUnit.Count, 42, resolution);
    metrics.addMetric('queue.size', MetricUnit.Bytes, 7.5, resolution);
    metrics.addMetadata('version', '7');
    const theirs = JSON.parse(JSON.stringify(metrics.serializeMetrics())) as Line;

    const at = { points: [{ ...point({ plan: 'pro' }, 42), time }] };
    const sizeAt = { points: [{ ...point({ plan: 'pro' }, 7.5), time }] };
    const ours = await linesOf(snapshotOf({ ...orders, ...at }, { ...queue, ...sizeAt }), {
      dimensions: { service: 'checkout' },
      resourceDimensions: [],
      fields: { version: '7' },
      highResolution,
    });
    expect(ours).toEqual([theirs]);
  },
);

test('a histogram of more than 100 values is several lines, as the 150 of aws-embedded-metrics are, with the same count and sum', async () => {
  const values = Array.from({ length: 150 }, (_, i) => 1.1 ** (i + 1) * 0.99);
  const theirs = await writtenBy((logger) => {
    logger.setNamespace('Checkout').setDimensions({ plan: 'pro' });
    for (const value of values) logger.putMetric('price', value, Unit.None);
  });

  const wide = {
    name: 'price',
    type: 'histogram',
    boundaries: values.map((_, i) => 1.1 ** (i + 1)),
    points: [
      {
        attributes: { plan: 'pro' },
        startTime: SAMPLE_START,
        time: SAMPLE_TIME,
        count: 150,
        sum: values.reduce((sum, value) => sum + value, 0),
        min: undefined,
        max: undefined,
        counts: [...values.map(() => 1), 0],
        exemplars: [],
      },
    ],
  };
  const ours = await linesOf(snapshotOf(wide), { resourceDimensions: [] });
  const count = (line: Line) => [(line.price as { Values?: number[] }).Values ?? line.price].flat().length;
  expect(theirs.map(count)).toEqual([100, 50]);
  expect(ours.map(count)).toEqual([100, 50]);
  const wanted = statisticsOf(theirs, 'price');
  expect(statisticsOf(ours, 'price').count).toBe(wanted.count);
  expect(statisticsOf(ours, 'price').sum / wanted.sum).toBeCloseTo(1, 9);
});

/** What aws-embedded-metrics writes in Lambda. */
async function writtenBy(record: (logger: MetricsLogger) => void): Promise<readonly Line[]> {
  const written: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void written.push(line));
  const logger = createMetricsLogger();
  record(logger);
  await logger.flush();
  log.mockRestore();
  return written.map((line) => JSON.parse(line) as Line);
}

/** aws-embedded-metrics writes them in the order of a heap. */
function sortedMetrics(line: Line): Line {
  const [directive] = line._aws.CloudWatchMetrics;
  const sorted = [...(directive?.Metrics ?? [])].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  return { ...line, _aws: { ...line._aws, CloudWatchMetrics: [{ ...directive, Metrics: sorted }] } } as Line;
}
