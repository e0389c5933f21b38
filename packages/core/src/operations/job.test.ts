import { describe, expect, it } from 'vitest';
import { allSeriesOf, pointsOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

describe('a job', () => {
  it('gives everything it is told, with the attributes of the job', () => {
    const { telemetry, clock, events } = testTelemetry();
    const options = { queue: 'emails', attributes: { 'tenant.id': 'acme' }, waited: 2, spanAttributes: { id: 7 } };
    const result = telemetry.job('send', options, (job) => {
      job.records('extracted', 10);
      job.records('extracted', 30);
      job.bytes('read', 1e6);
      job.progress(40, 100);
      job.chunk(0.25);
      job.apiCall('s3');
      job.retry();
      clock.advance(8);
      return 'done';
    });
    expect(result).toBe('done');
    const base = 'job.name=send,job.queue=emails';
    expect(allSeriesOf(telemetry)).toEqual({
      [`job.started{${base},tenant.id=acme}`]: 1,
      [`job.active{${base},tenant.id=acme}`]: 0,
      [`job.wait.duration{${base},tenant.id=acme}`]: 1,
      'job.duration{job.name=send,job.outcome=completed,job.queue=emails,tenant.id=acme}': 1,
      [`job.records{${base},job.stage=extracted,tenant.id=acme}`]: 40,
      [`job.io{io.direction=read,${base},tenant.id=acme}`]: 1e6,
      [`job.progress{${base},tenant.id=acme}`]: 0.4,
      [`job.chunk.duration{${base},tenant.id=acme}`]: 1,
      [`job.api_calls{api.type=s3,${base},tenant.id=acme}`]: 1,
      [`job.retries{${base},tenant.id=acme}`]: 1,
      [`job.throughput{${base},job.stage=extracted,tenant.id=acme}`]: 5,
    });
    expect(pointsOf(telemetry, 'job.wait.duration')[0]).toMatchObject({ sum: 2 });
    expect(pointsOf(telemetry, 'job.duration')[0]).toMatchObject({ sum: 8 });
    expect(events).toEqual([
      {
        type: 'end',
        kind: 'job',
        name: 'send',
        time: 1_700_000_008,
        startTime: 1_700_000_000,
        duration: 8,
        outcome: 'completed',
        attributes: {
          'tenant.id': 'acme',
          'job.queue': 'emails',
          'job.name': 'send',
          'job.outcome': 'completed',
        },
        resource: telemetry.snapshot().resource,
      },
    ]);
  });

  it('that fails tells why, and throws the very error', async () => {
    const { telemetry, events } = testTelemetry();
    const error = new RangeError('too much');
    const thrown = await telemetry.job('etl', { queue: 'q' }, () => Promise.reject(error)).catch((one: unknown) => one);
    expect(thrown).toBe(error);
    expect(seriesOf(telemetry, 'job.duration')).toEqual({
      '{error.type=RangeError,job.name=etl,job.outcome=failed,job.queue=q}': 1,
    });
    expect(events[0]).toMatchObject({ outcome: 'failed', error: { type: 'RangeError', message: 'too much' } });
  });

  it('is aborted when it throws after its signal has fired', () => {
    const { telemetry } = testTelemetry();
    const controller = new AbortController();
    expect(() =>
      telemetry.job('etl', { queue: 'q', signal: controller.signal }, () => {
        controller.abort(new RangeError('stop'));
        controller.signal.throwIfAborted();
      }),
    ).toThrow();
    telemetry.job('etl', { queue: 'q', signal: controller.signal }, () => 'done all the same');
    expect(seriesOf(telemetry, 'job.duration')).toEqual({
      '{error.type=RangeError,job.name=etl,job.outcome=aborted,job.queue=q}': 1,
      '{job.name=etl,job.outcome=completed,job.queue=q}': 1,
    });
  });

  it('that will be tried again counts a retry', () => {
    const { telemetry, events } = testTelemetry();
    const job = telemetry.job('etl', { queue: 'q' });
    job.end('retried', new Error('no'));
    telemetry.job('etl', { queue: 'q' }).end('failed');
    telemetry.job('etl', { queue: 'q' }).end('completed', null);
    expect(allSeriesOf(telemetry)).toEqual({
      'job.started{job.name=etl,job.queue=q}': 3,
      'job.active{job.name=etl,job.queue=q}': 0,
      'job.retries{job.name=etl,job.queue=q}': 1,
      'job.duration{error.type=Error,job.name=etl,job.outcome=retried,job.queue=q}': 1,
      'job.duration{error.type=failed,job.name=etl,job.outcome=failed,job.queue=q}': 1,
      'job.duration{job.name=etl,job.outcome=completed,job.queue=q}': 1,
    });
    expect(events.map(({ outcome }) => outcome)).toEqual(['retried', 'failed', 'completed']);
  });

  it('says how many attempts it took once it is over for good', () => {
    const { telemetry } = testTelemetry();
    telemetry.job('etl', { queue: 'q', attempt: 1 }).end('retried', new Error('no'));
    telemetry.job('etl', { queue: 'q', attempt: 2 }).end('aborted');
    telemetry.job('etl', { queue: 'q', attempt: 3 }).end('completed');
    telemetry.job('etl', { queue: 'q', attempt: 5 }).end('failed');
    telemetry.job('etl', { queue: 'q' }).end('completed');
    expect(pointsOf(telemetry, 'job.attempts')).toMatchObject([
      { attributes: { 'job.name': 'etl', 'job.outcome': 'completed', 'job.queue': 'q' }, count: 1, sum: 3 },
      { attributes: { 'job.name': 'etl', 'job.outcome': 'failed', 'job.queue': 'q' }, count: 1, sum: 5 },
    ]);
  });

  it('records the same however many kinds of jobs there are', () => {
    const { telemetry } = testTelemetry();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 600; i++) telemetry.job(`job-${i}`, { queue: 'q', waited: 1, attempt: 1 }).end('completed');
    }
    for (const name of ['job.started', 'job.active', 'job.duration', 'job.wait.duration', 'job.attempts']) {
      const values = Object.values(seriesOf(telemetry, name));
      expect([name, values.length, new Set(values)]).toEqual([name, 600, new Set([name === 'job.active' ? 0 : 2])]);
    }
  });

  it('gives its own span as an exemplar, not the one that happens to be active at its end', () => {
    const { telemetry } = tracedTelemetry();
    const job = telemetry.job('send', { queue: 'emails', waited: 1, attempt: 1 });
    telemetry.span('someone else', () => job.end('completed'));
    const span = job.span?.spanContext();
    for (const name of ['job.duration', 'job.wait.duration', 'job.attempts']) {
      expect(pointsOf(telemetry, name)).toMatchObject([{ exemplars: [{ spanId: span?.spanId }] }]);
    }
    const untraced = tracedTelemetry({ sampling: { ratio: 0, keep: { errors: true } } }).telemetry;
    untraced.job('send', { queue: 'emails', waited: 1, attempt: 1 }).end('completed');
    expect(pointsOf(untraced, 'job.duration')).toMatchObject([{ exemplars: [] }]);
  });

  it('does nothing after its end', () => {
    const { telemetry, events } = testTelemetry();
    const job = telemetry.job('etl', { queue: 'q' });
    job.end('completed');
    const before = allSeriesOf(telemetry);
    job.end('failed', new Error('late'));
    job.settled(true, new Error('late'));
    job.records('s', 1);
    job.bytes('read', 1);
    job.progress(1, 2);
    job.chunk(1);
    job.apiCall('s3');
    job.retry();
    expect(allSeriesOf(telemetry)).toEqual(before);
    expect(events).toHaveLength(1);
  });

  it('takes nonsense without throwing, and without nonsense in its series', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.job('etl', { queue: 'q', waited: -1 }, (job) => {
      job.records('s', Number.NaN);
      job.records('s', -5);
      job.bytes('read', -1);
      job.progress(0, 0);
      job.progress(5, 0);
      job.chunk(-1);
    });
    telemetry.job('etl', null as never, () => {});
    const series = allSeriesOf(telemetry);
    expect(series['job.progress{job.name=etl,job.queue=q}']).toBe(1);
    expect(Object.keys(series).filter((key) => /^job\.(records|io|throughput)/.test(key))).toEqual([
      'job.io{io.direction=read,job.name=etl,job.queue=q}',
      'job.records{job.name=etl,job.queue=q,job.stage=s}',
    ]);
    expect(series['job.records{job.name=etl,job.queue=q,job.stage=s}']).toBe(0);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['ERR_VALUE']));
  });

  it('measures CPU time and memory where one runs at a time, unless they are switched off', () => {
    const { telemetry } = testTelemetry();
    telemetry.job('nightly', (job) => job.progress(1, 1));
    telemetry.job('queued', { queue: 'q' }, () => {});
    telemetry.job('asked', { queue: 'q', resources: true }, () => {});
    const memory = seriesOf(telemetry, 'job.memory.peak');
    expect(Object.keys(memory)).toEqual(['{job.name=nightly}', '{job.name=asked,job.queue=q}']);
    expect(memory['{job.name=nightly}']).toBeGreaterThan(10e6);
    expect(Object.keys(seriesOf(telemetry, 'job.cpu.time'))).toContain('{cpu.mode=user,job.name=nightly}');
    const off = testTelemetry({ metrics: { disable: ['job.memory.peak', 'job.cpu.time'] } });
    const looked = process.memoryUsage.rss;
    let looks = 0;
    process.memoryUsage.rss = () => {
      looks++;
      return 0;
    };
    try {
      off.telemetry.job('nightly', (job) => job.progress(1, 1));
    } finally {
      process.memoryUsage.rss = looked;
    }
    expect(looks).toBe(0);
  });

  it('is a consumer span with a queue, an internal one without', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const producer = telemetry.span('produce', (span) => span.spanContext());
    telemetry.job('send', { queue: 'emails', spanAttributes: { id: 7 }, links: [{ context: producer }] }, (job) => {
      job.progress(1, 2);
      job.retry();
    });
    telemetry.job('nightly', { spanName: 'the nightly one' }, () => {});
    const [, queued, plain] = await finished();
    expect(queued).toMatchObject({
      name: 'process emails',
      kind: 4,
      status: 'unset',
      attributes: { 'job.queue': 'emails', 'job.name': 'send', 'job.outcome': 'completed', id: 7 },
      links: [{ context: { spanId: producer.spanId } }],
      events: [{ name: 'progress', attributes: { 'job.progress': 0.5 } }, { name: 'retry' }],
    });
    expect(queued?.parentSpanId).toBeUndefined();
    expect(plain).toMatchObject({ name: 'the nightly one', kind: 0 });
  });
});
