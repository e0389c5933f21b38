import { describe, expect, it } from 'vitest';
import { refuseConnection, Stage } from './push-loop.test-support.ts';
import { eventOf, spanOf } from './samples.test-support.ts';

function recordAll(stage: Stage): void {
  stage.total++;
  stage.loop.offerSpan(spanOf('a'));
  stage.loop.offerEvent(eventOf('b'));
}

function failing(more: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage({ delivery: {}, ...more });
  stage.always = refuseConnection;
  stage.loop.start();
  return stage;
}

const failed = (signal: string, reason: string): string =>
  `Exporting ${signal} failed (${reason}). It is tried again, with growing pauses. Further failures are counted in health().`;

describe('what is told about a backend that is down', () => {
  it('is one warning for all signals, and one word when it works again', async () => {
    const stage = failing();
    recordAll(stage);
    await stage.clock.advance(600);
    expect(stage.told).toEqual([failed('events', 'connect ECONNREFUSED')]);
    for (const signal of ['metrics', 'spans', 'events'] as const) {
      expect(stage.loop.health().signals[signal]?.status).toBe('failing');
    }
    stage.always = undefined;
    await stage.clock.advance(400);
    expect(stage.told.slice(1)).toEqual([
      expect.stringMatching(/^Exporting \w+ works again, after \d+ failed tries in \d+ s\.$/),
    ]);
    expect(stage.loop.health().status).toBe('ok');
  });

  it('is one warning when the reasons differ in the paths and counts of each signal', async () => {
    const stage = failing();
    stage.always = (items) =>
      Promise.reject(
        new Error(`http://localhost:4318/v1/${stage.calls.at(-1)?.signal} gave ${items.length + 10} no answer (reset)`),
      );
    recordAll(stage);
    await stage.clock.advance(100);
    expect(stage.told).toHaveLength(1);
  });

  it('is a warning each when the reasons differ', async () => {
    const stage = failing({ delivery: { circuitBreaker: false } });
    stage.always = () => Promise.reject(new Error(stage.calls.at(-1)?.signal === 'spans' ? '403' : '404'));
    recordAll(stage);
    await stage.clock.advance(100);
    expect(stage.told).toEqual([failed('events', '404'), failed('spans', '403')]);
  });

  it('is one warning for a start that fails and exports that fail for the same reason', async () => {
    const reason = 'xray() needs @aws-sdk/client-xray, which is not installed; run `npm install @aws-sdk/client-xray`.';
    const stage = failing({ start: () => Promise.reject(new Error(reason)) });
    stage.always = () => Promise.reject(new Error(reason));
    recordAll(stage);
    await stage.clock.advance(300);
    expect(stage.told).toEqual([`The exporter backend did not start: ${reason}`]);
    expect(stage.loop.health()).toMatchObject({ status: 'failing', lastError: { message: reason } });
    stage.always = undefined;
    await stage.clock.advance(400);
    expect(stage.told).toHaveLength(2);
    expect(stage.told[1]).toMatch(/^Exporting \w+ works again/);
  });

  it('says so when only the start had failed and exports work', async () => {
    const stage = failing({ start: () => Promise.reject(new Error('no luck')) });
    stage.always = undefined;
    recordAll(stage);
    await stage.clock.advance(70);
    expect(stage.told).toEqual([
      'The exporter backend did not start: no luck',
      'Exporting events works again, after 1 failed try in 1 s.',
    ]);
  });

  it('says nothing of a signal that finds out a little later that it works again', async () => {
    const stage = failing();
    recordAll(stage);
    await stage.clock.advance(200);
    let failures = 2;
    stage.always = () =>
      stage.calls.at(-1)?.signal === 'spans' && failures-- > 0 ? refuseConnection([], {} as never) : undefined;
    await stage.clock.advance(400);
    expect(failures).toBeLessThan(2);
    expect(stage.loop.health().status).toBe('ok');
    expect(stage.told).toEqual([failed('events', 'connect ECONNREFUSED'), expect.stringMatching(/ works again/)]);
  });

  it('tells within a minute of one signal that still fails when the others work again', async () => {
    const stage = failing({ delivery: { circuitBreaker: false } });
    recordAll(stage);
    await stage.clock.advance(120);
    stage.always = () => (stage.calls.at(-1)?.signal === 'spans' ? Promise.reject(new Error('403')) : undefined);
    await stage.clock.advance(130);
    expect(stage.told).toHaveLength(3);
    expect(stage.told[1]).toMatch(/^Exporting (events|metrics) works again/);
    expect(stage.told[2]).toBe(failed('spans', '403'));
  });
});
