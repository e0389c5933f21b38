import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seriesOf, testTelemetry } from '../telemetry.test-support.ts';

/** What the process has, said by the test. */
function memoryOf(said: { now: number; highest: number }): void {
  vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => said.now);
  const usage = process.resourceUsage();
  vi.spyOn(process, 'resourceUsage').mockImplementation(() => ({ ...usage, maxRSS: said.highest / 1024 }));
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
}

const MB = 1024 * 1024;

describe('memory of a job', () => {
  it('is looked at four times a second, without the job saying anything', () => {
    const said = { now: 100 * MB, highest: 500 * MB };
    memoryOf(said);
    const { telemetry, clock } = testTelemetry();
    telemetry.job('etl', () => {
      said.now = 300 * MB;
      clock.advance(0.25);
      said.now = 150 * MB;
      clock.advance(0.25);
      expect(seriesOf(telemetry, 'job.memory.peak')).toEqual({ '{job.name=etl}': 300 * MB });
    });
    expect(seriesOf(telemetry, 'job.memory.peak')).toEqual({ '{job.name=etl}': 300 * MB });
  });

  it('is exactly the most the process ever had, when that rose during the job', () => {
    const said = { now: 100 * MB, highest: 120 * MB };
    memoryOf(said);
    const { telemetry } = testTelemetry();
    telemetry.job('etl', () => {
      said.highest = 400 * MB;
    });
    telemetry.job('small', () => {});
    expect(seriesOf(telemetry, 'job.memory.peak')).toEqual({
      '{job.name=etl}': 400 * MB,
      '{job.name=small}': 100 * MB,
    });
  });

  it('is not looked at by progress, chunks and counts, which come in tight loops', () => {
    const { telemetry } = testTelemetry();
    const job = telemetry.job('etl');
    const looks = vi.spyOn(process.memoryUsage, 'rss');
    onTestFinished(() => looks.mockRestore());
    for (let at = 0; at < 100; at++) {
      job.progress(at, 100);
      job.chunk(1);
      job.records('loaded', 1);
    }
    expect(looks).not.toHaveBeenCalled();
    job.end('completed');
  });

  it('is looked at by one timer for all jobs, and by none once they have ended or telemetry has', async () => {
    const { telemetry, clock } = testTelemetry();
    const before = clock.pending;
    const jobs = ['a', 'b', 'c'].map((name) => telemetry.job(name));
    expect(clock.pending).toBe(before + 1);
    for (const job of jobs) job.end('completed');
    expect(clock.pending).toBe(before);
    telemetry.job('queued', { queue: 'q' });
    telemetry.job('unmeasured', { resources: false });
    expect(clock.pending).toBe(before);
    telemetry.job('endless');
    await telemetry.shutdown();
    expect(clock.pending).toBe(0);
  });
});

describe('CPU time of a job', () => {
  it('is counted while the job runs, and told as a share of its time', () => {
    const { telemetry, clock } = testTelemetry();
    let cpu = 0;
    const real = process.cpuUsage;
    vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ ...real(), user: 2e6 + cpu, system: 1e6 + cpu / 4 }));
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    telemetry.job('etl', () => {
      cpu = 2e6;
      clock.advance(5);
      expect(seriesOf(telemetry, 'job.cpu.time')).toEqual({
        '{cpu.mode=user,job.name=etl}': 2,
        '{cpu.mode=system,job.name=etl}': 0.5,
      });
      expect(seriesOf(telemetry, 'job.cpu.utilization')).toEqual({ '{job.name=etl}': 0.5 });
      cpu = 8e6;
      clock.advance(5);
    });
    expect(seriesOf(telemetry, 'job.cpu.time')).toEqual({
      '{cpu.mode=user,job.name=etl}': 8,
      '{cpu.mode=system,job.name=etl}': 2,
    });
    expect(seriesOf(telemetry, 'job.cpu.utilization')).toEqual({ '{job.name=etl}': 1 });
  });
});
