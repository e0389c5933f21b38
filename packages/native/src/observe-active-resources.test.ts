import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { observeActiveResources } from './index.ts';
import { pointsOf, testTelemetry } from './observed.test-support.ts';

describe('active resources', () => {
  it('are counted by type whenever metrics are read, until the observation ends', async () => {
    const { telemetry } = testTelemetry();
    const stop = observeActiveResources(telemetry);
    const count = (type: string): number | undefined => {
      const point = pointsOf(telemetry, 'nodejs.active_resources').find(
        ({ attributes }) => attributes['resource.type'] === type,
      );
      return point && 'value' in point ? point.value : undefined;
    };
    const before = count('TCPServerWrap') ?? 0;
    const server = createServer().listen(0);
    await once(server, 'listening');
    const timers = count('Timeout') ?? 0;
    const timer = setTimeout(() => {}, 60_000);
    expect([count('TCPServerWrap'), count('Timeout')]).toEqual([before + 1, timers + 1]);
    clearTimeout(timer);
    server.close();
    await once(server, 'close');
    await expect.poll(() => [count('TCPServerWrap'), (count('Timeout') ?? 0) <= timers]).toEqual([before, true]);
    stop();
    expect(pointsOf(telemetry, 'nodejs.active_resources')).toEqual([]);
  });
});
