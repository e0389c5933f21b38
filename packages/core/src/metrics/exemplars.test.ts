import { describe, expect, it } from 'vitest';
import type { Exemplar, Point } from '../index.ts';
import { pointsOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const exemplarsOf = (points: readonly Point[]): readonly Exemplar[] =>
  points.flatMap((point) => ('exemplars' in point ? (point.exemplars ?? []) : []));

describe('exemplars', () => {
  it('have the trace that is active when a value is recorded, one for each bucket', () => {
    const { telemetry, clock } = tracedTelemetry();
    const histogram = telemetry.histogram('h', { buckets: [1, 10] });
    const ids = [0.7, 20].map((value) =>
      telemetry.span('s', (span) => {
        clock.advance(1);
        histogram.record(value);
        return span.spanContext();
      }),
    );
    expect(exemplarsOf(pointsOf(telemetry, 'h'))).toEqual([
      { value: 0.7, time: 1_700_000_001, traceId: ids[0]?.traceId, spanId: ids[0]?.spanId },
      { value: 20, time: 1_700_000_002, traceId: ids[1]?.traceId, spanId: ids[1]?.spanId },
    ]);
  });

  it('are not kept outside of spans, nor of spans that are not sampled', () => {
    for (const ratio of [0, 1]) {
      const { telemetry } = tracedTelemetry({ sampling: { ratio } });
      const histogram = telemetry.histogram('h', { buckets: [1] });
      const exponential = telemetry.histogram('e');
      histogram.record(1);
      telemetry.span('s', () => {
        histogram.record(5);
        exponential.record(5);
      });
      expect(exemplarsOf(pointsOf(telemetry, 'h'))).toHaveLength(ratio);
      expect(exemplarsOf(pointsOf(telemetry, 'e'))).toHaveLength(ratio);
    }
  });

  it('cost nothing when spans are off', () => {
    const { telemetry } = testTelemetry();
    telemetry.span('s', () => telemetry.histogram('h').record(1));
    expect(exemplarsOf(pointsOf(telemetry, 'h'))).toEqual([]);
  });

  it('of operations are those that are exported, also when sampling.keep saves them at their end', async () => {
    const { telemetry, finished } = tracedTelemetry({ sampling: { ratio: 0, keep: { errors: true } } });
    const fail = (): never => {
      throw new Error('no');
    };
    telemetry.job('good', () => {});
    expect(() => telemetry.job('bad', fail)).toThrow('no');
    expect(() => telemetry.boundary({ to: 'x', operation: 'y' }, fail)).toThrow('no');
    telemetry.request({ method: 'GET' }).end({ status: 500 });
    expect(() => telemetry.workerPool('p', { size: 1 }).task('t', fail)).toThrow('no');
    const spans = await finished();
    const names = [
      'job.duration',
      'boundary.call.duration',
      'http.server.request.duration',
      'worker_pool.task.duration',
    ];
    const exemplars = names.flatMap((name) => exemplarsOf(pointsOf(telemetry, name)));
    expect(exemplars.map(({ spanId }) => spanId)).toEqual(spans.map(({ spanId }) => spanId));
    expect(exemplars).toHaveLength(4);
  });

  it('are found for operations also when few of them are sampled', () => {
    const { telemetry } = tracedTelemetry({ sampling: { ratio: 0, keep: { errors: true } } });
    for (let at = 0; at < 1000; at++) telemetry.request({ method: 'GET' }).end({ status: 200, route: '/' });
    const one = telemetry.request({ method: 'GET' });
    one.end({ status: 500, route: '/' });
    const failed = pointsOf(telemetry, 'http.server.request.duration').filter(
      ({ attributes }) => attributes['http.response.status_code'] === 500,
    );
    expect(exemplarsOf(failed).map(({ spanId }) => spanId)).toEqual([one.span?.spanContext().spanId]);
  });

  it('are at most one for each bucket, and of exponential buckets twenty', () => {
    const { telemetry } = tracedTelemetry();
    telemetry.span('s', () => {
      for (let at = 0; at < 1000; at++) {
        telemetry.histogram('h', { buckets: [100, 500] }).record(at);
        telemetry.histogram('e').record(at);
        if (at % 20 === 0) telemetry.snapshot();
      }
    });
    expect(exemplarsOf(pointsOf(telemetry, 'h'))).toHaveLength(3);
    expect(exemplarsOf(pointsOf(telemetry, 'e'))).toHaveLength(20);
  });
});
