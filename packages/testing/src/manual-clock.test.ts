import { describe, expect, it } from 'vitest';
import { ManualClock } from './index.ts';

describe('the manual clock', () => {
  it('stands still until it is moved', async () => {
    const clock = new ManualClock(1000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    await clock.advance(2.5);
    expect([clock.now(), clock.monotonic()]).toEqual([1002.5, 2.5]);
  });

  it('fires timers when they are due, in order, those included that are set meanwhile', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} at ${clock.now()}`);
    clock.schedule(note('second'), 2);
    clock.schedule(note('first'), 1);
    clock.schedule(() => clock.schedule(note('set meanwhile'), 0.5), 1);
    clock.schedule(note('also second'), 2);
    clock.schedule(note('too late'), 3.1);
    await clock.advance(3);
    expect(fired).toEqual(['first at 1', 'set meanwhile at 1.5', 'second at 2', 'also second at 2']);
    expect(clock.pending).toBe(1);
  });

  it('lets promises settle between timers', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    clock.schedule(async () => {
      for (let i = 0; i < 10; i++) await undefined;
      order.push('work of the first timer');
    }, 1);
    clock.schedule(() => order.push('second timer'), 2);
    await clock.advance(2);
    expect(order).toEqual(['work of the first timer', 'second timer']);
  });

  it('does not fire what was cancelled', async () => {
    const clock = new ManualClock();
    const cancel = clock.schedule(() => expect.unreachable(), 1);
    cancel();
    cancel();
    await clock.advance(2);
  });

  it('can be corrected without timers noticing', async () => {
    const clock = new ManualClock(1000);
    let fired = 0;
    clock.schedule(() => fired++, 5);
    await clock.advance(1);
    clock.set(9000);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([9000, 1, 0]);
    await clock.advance(4);
    expect([clock.now(), fired]).toEqual([9004, 1]);
  });
});
