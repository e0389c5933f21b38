import { describe, expect, it } from 'vitest';
import { allSeriesOf, measure, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

describe('what a job counts', () => {
  it('costs no memory, also in jobs with attributes of their own', async () => {
    const bytes = await measure(new URL('./job-programs.test-support.ts', import.meta.url), []);
    expect(Object.entries(bytes).filter(([, one]) => one >= 1)).toEqual([]);
    expect(Object.keys(bytes)).toHaveLength(8);
  });

  it('adds up over jobs, stages, directions and types of APIs', () => {
    const { telemetry } = testTelemetry();
    for (let round = 0; round < 3; round++) {
      for (const options of [{}, { attributes: { tenant: 'a' } }]) {
        telemetry.job('etl', { resources: false, ...options }, (job) => {
          for (let at = 0; at < 5; at++) {
            job.records('extracted', 2);
            job.records('loaded', 1);
          }
          job.bytes('read', 100);
          job.bytes('written', 10);
          job.apiCall('s3');
          job.apiCall('sqs');
          job.apiCall('s3');
        });
      }
    }
    const series = allSeriesOf(telemetry);
    for (const tenant of ['', ',tenant=a']) {
      expect(series).toMatchObject({
        [`job.records{job.name=etl,job.stage=extracted${tenant}}`]: 30,
        [`job.records{job.name=etl,job.stage=loaded${tenant}}`]: 15,
        [`job.io{io.direction=read,job.name=etl${tenant}}`]: 300,
        [`job.io{io.direction=written,job.name=etl${tenant}}`]: 30,
        [`job.api_calls{api.type=s3,job.name=etl${tenant}}`]: 6,
        [`job.api_calls{api.type=sqs,job.name=etl${tenant}}`]: 3,
      });
    }
  });

  it('is at most a hundred stages, directions and types a job; the rest is other, and nothing is lost', () => {
    const { telemetry } = testTelemetry();
    telemetry.job('etl', { resources: false }, (job) => {
      for (let at = 0; at < 100_000; at++) {
        job.records(`record-${at}`, 1);
        job.bytes(`file-${at}`, 1);
        job.apiCall(`key-${at}`);
      }
    });
    for (const [name, attribute] of [
      ['job.records', 'job.stage'],
      ['job.io', 'io.direction'],
      ['job.api_calls', 'api.type'],
    ] as const) {
      const points = pointsOf(telemetry, name);
      expect(points).toHaveLength(101);
      expect(points.find(({ attributes }) => attributes[attribute] === 'other')).toMatchObject({ value: 99_900 });
    }
  });

  it('is within the budget of series, however many jobs there are', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 50 } });
    for (let at = 0; at < 300; at++) {
      telemetry.job('etl', { resources: false }, (job) => job.records(`stage-${at}`, 1));
    }
    const series = seriesOf(telemetry, 'job.records');
    expect(Object.keys(series)).toHaveLength(50);
    expect(Object.values(series).reduce((sum, value) => sum + value)).toBe(300);
  });

  it('expires with its job’s attributes', () => {
    const { telemetry, clock } = testTelemetry({ cardinality: { expireAfter: 60 } });
    telemetry.job('etl', { resources: false, attributes: { tenant: 'a' } }, (job) => job.records('loaded', 1));
    expect(seriesOf(telemetry, 'job.records')).not.toEqual({});
    clock.advance(130);
    expect(seriesOf(telemetry, 'job.records')).toEqual({});
    expect(telemetry.health().cardinality.series).toBeLessThan(20);
  });
});

describe('throughput of a job', () => {
  it('is there while it runs, looked at with progress and chunks at most once a second', () => {
    const { telemetry, clock } = testTelemetry();
    const job = telemetry.job('etl', { queue: 'q' });
    const throughput = () => Object.values(seriesOf(telemetry, 'job.throughput'));
    job.records('loaded', 100);
    job.progress(1, 10);
    expect(throughput()).toEqual([]);
    clock.advance(2);
    job.progress(2, 10);
    expect(throughput()).toEqual([50]);
    job.records('loaded', 100);
    clock.advance(0.5);
    job.chunk(0.5);
    expect(throughput()).toEqual([50]);
    clock.advance(1.5);
    job.chunk(1.5);
    expect(throughput()).toEqual([50]);
    clock.advance(4);
    job.end('completed');
    expect(throughput()).toEqual([25]);
  });

  it('is there without either where the job is measured', () => {
    const { telemetry, clock } = testTelemetry();
    const job = telemetry.job('etl');
    job.records('loaded', 100);
    clock.advance(4);
    expect(seriesOf(telemetry, 'job.throughput')).toEqual({ '{job.name=etl,job.stage=loaded}': 25 });
    job.end('completed');
  });
});
