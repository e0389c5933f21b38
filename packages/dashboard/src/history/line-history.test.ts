import { describe, expect, it } from 'vitest';
import { get, look, serve, testBoard } from '../dashboard.test-support.ts';
import { type History, lineKey } from '../frame.ts';
import { LineHistory, SAMPLES } from './line-history.ts';

describe('the history', () => {
  it('remembers what was while nobody looked, every five seconds', async () => {
    const { telemetry, clock, url } = await testBoard();
    for (let i = 0; i < 30; i++) {
      await serve(telemetry, clock, '/a', [1]);
    }
    const history: History = JSON.parse((await get(`${url}api/history`)).text);
    expect(history.times).toHaveLength(6);
    for (let i = 1; i < 6; i++) expect(history.times[i]! - history.times[i - 1]!).toBeCloseTo(5, 2);
    const rates = history.lines[lineKey('routes', 'shop|GET|/a', 'rate')];
    expect(rates?.at(-1)).toBeCloseTo(1, 0);
    expect(history.lines[lineKey('services', 'shop', 'requests.p95')]?.at(-1)).toBeGreaterThan(0.7);
  });

  it('goes on at the same pace while somebody looks', async () => {
    const { telemetry, clock, url } = await testBoard();
    await look(`${url}live`);
    for (let i = 0; i < 30; i++) await serve(telemetry, clock, '/a', [1]);
    const { times }: History = JSON.parse((await get(`${url}api/history`)).text);
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(times.length).toBeLessThanOrEqual(8);
  });

  it('is empty where it is not wanted, and nothing is read then', async () => {
    const { telemetry, clock, url } = await testBoard({ history: false });
    let asked = 0;
    telemetry.observableGauge('asked', {}, ({ observe }) => observe(++asked, {}));
    await clock.advance(60);
    expect(asked).toBe(0);
    expect(JSON.parse((await get(`${url}api/history`)).text)).toMatchObject({ times: [], lines: {} });
  });

  it('takes 1,157,760 bytes, for ever, and forgets the lines without a value for longest', async () => {
    const history = new LineHistory();
    expect(history.byteLength).toBe(1_157_760);
    const values = (from: number) =>
      new Map(Array.from({ length: 400 }, (_, i): [string, number] => [`line ${from + i}`, i]));
    for (let i = 0; i < SAMPLES + 10; i++) history.record(i, values(0));
    history.record(9999, values(200));
    expect(history.byteLength).toBe(1_157_760);
    const { times, lines } = await history.read('e');
    expect(times).toHaveLength(SAMPLES);
    expect([times[0], times.at(-1)]).toEqual([11, 9999]);
    expect(Object.keys(lines)).toHaveLength(400);
    expect(lines['line 0']).toBe(undefined);
    expect(lines['line 300']?.slice(-2)).toEqual([300, 100]);
    expect(lines['line 599']?.slice(-2)).toEqual([null, 399]);
  });
});
