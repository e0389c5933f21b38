import type { CancelTimer, Clock } from './clock.ts';
import type { Diagnostics } from './diagnostics.ts';
import { messageOf } from './errors.ts';

/** Work that is done again and again. `signal` fires when the next time has come and this one is still under way, or when it is all over. */
export type RepeatedWork = (signal: AbortSignal) => void | Promise<void>;

/**
 * Calls `work` every so many seconds, first after a random part of that, so that the instances of a service, and what one repeats, spread out.
 * Never twice at a time: while a call hangs, the next ones are left out. What it throws is counted and told once. Returns what ends it.
 */
export function repeat(clock: Clock, diagnostics: Diagnostics, seconds: number, work: RepeatedWork): CancelTimer {
  let running: AbortController | undefined;
  let cancel = clock.schedule(next, Math.random() * seconds);
  let ended = false;

  function next(): void {
    cancel = clock.schedule(next, seconds);
    if (running === undefined) void run(new AbortController());
    else running.abort(new DOMException(`not done within ${seconds} s`, 'TimeoutError'));
  }

  async function run(controller: AbortController): Promise<void> {
    running = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if (!ended)
        diagnostics.problem('ERR_ADAPTER', 'repeated work', () => `Repeated work failed: ${messageOf(error)}`);
    } finally {
      running = undefined;
    }
  }

  return () => {
    ended = true;
    cancel();
    running?.abort(new DOMException('over', 'AbortError'));
  };
}
