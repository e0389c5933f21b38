import { describe, expect, it } from 'vitest';
import { concerns } from '../../page/src/views/concerns.ts';
import { errorShare } from '../../page/src/views/error-share.ts';
import { fakeFrame } from './fake-frame.test-support.ts';

const frame = fakeFrame(1_800_000_000);

describe('what is wrong', () => {
  it('is nothing where all is well, and where nothing has happened', () => {
    expect(concerns(fakeFrame(1_800_000_000, { calm: true }))).toEqual([]);
    expect(concerns(fakeFrame(1_800_000_000, { empty: true }))).toEqual([]);
  });

  it('is listed with the worst first, each with where to read on', () => {
    expect(concerns(frame).map(({ severity, title, view }) => [severity, title, view])).toEqual([
      ['critical', 'HighErrorRate', 'alerts'],
      ['error', 'Requests fail', 'routes'],
      ['error', 'No worker', 'queues'],
      ['error', 'Exporter fails', 'exporters'],
      ['warning', 'Queue paused', 'queues'],
      ['warning', 'Too many values', 'series'],
      ['info', 'Telemetry itself', 'exporters'],
    ]);
  });

  it('leaves out alerts that are silenced, pending or resolved', () => {
    expect(concerns(frame).filter(({ view }) => view === 'alerts')).toHaveLength(1);
  });

  it('is only what concerns the chosen service', () => {
    expect(concerns(frame, 'thumbnails').map(({ title }) => title)).toEqual(['No worker', 'Queue paused']);
    expect(concerns(frame, 'orders').map(({ title }) => title)).toEqual(['HighErrorRate', 'Requests fail']);
  });

  it('does not take one failure of two requests a minute for an outage', () => {
    const [orders] = frame.services.rows;
    const rare = { ...orders!, requests: { ...orders!.requests, rate: 0.03, errorRate: 0.015 } };
    const calm = fakeFrame(1_800_000_000, { calm: true });
    expect(concerns({ ...calm, services: { rows: [rare], more: 0 } })).toEqual([]);
  });

  it('says that the event loop or the CPU is busy', () => {
    const calm = fakeFrame(1_800_000_000, { calm: true });
    const busy = { ...calm.services.rows[0]!, cpu: 0.97, eventLoopDelay: 0.4 };
    expect(
      concerns({ ...calm, services: { rows: [busy], more: 0 } }).map(({ title, detail }) => `${title}: ${detail}`),
    ).toEqual(['Event loop blocked: shop-web: delays of 400 ms', 'CPU busy: shop-web: 97 %']);
  });
});

describe('errorShare', () => {
  it('is what fails of all calls, and unknown where there are none', () => {
    expect(errorShare({ rate: 20, errorRate: 5 })).toBe(0.25);
    expect(errorShare({ rate: 0, errorRate: 0 })).toBeNull();
    expect(errorShare({ rate: null, errorRate: 1 })).toBeNull();
    expect(errorShare({ rate: 1, errorRate: 1.000_001 })).toBe(1);
  });
});
