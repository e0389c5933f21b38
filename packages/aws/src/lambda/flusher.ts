import type { Telemetry } from '@telltale/core';
import type { LambdaSettings } from './lambda-options.ts';

/** Tries within one flush: a backend that fails now and then is asked again, one that is dead costs no more. */
const TRIES = 3;
/** Seconds between the first two tries; doubled for each further one. */
const FIRST_PAUSE = 0.05;
/** Seconds that are left to the runtime to send the answer. */
const RESERVE = 0.05;

/** Delivers what was recorded while the process is sure to run. Never rejects. */
export class Flusher {
  private readonly telemetry: Telemetry;
  private readonly timeout: number;
  private readonly every: number;
  private last = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(telemetry: Telemetry, settings: LambdaSettings) {
    this.telemetry = telemetry;
    this.timeout = settings.flushTimeout;
    this.every = settings.flushEvery;
  }

  /** After an invocation that has `remaining` seconds left. */
  async whenDue(remaining: number): Promise<void> {
    const wait = this.last + this.every - this.telemetry.monotonic();
    if (wait > 0) return this.later(wait);
    await this.within(Math.min(this.timeout, remaining - RESERVE));
  }

  /** Resolves when all was taken, was tried often enough, or after so many seconds. */
  async within(seconds: number): Promise<void> {
    const now = performance.now();
    const until = now + Math.max(0, seconds) * 1000;
    this.last = this.telemetry.monotonic();
    let pause = FIRST_PAUSE * 1000;
    for (let tries = 1; ; tries++, pause *= 2) {
      const delivered = this.telemetry.flush();
      if (seconds <= 0 || !(await settledBefore(until, delivered))) return;
      if (tries === TRIES || !this.waits() || performance.now() + pause > until) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** So that the last invocation's share does not wait for the next one, where the process goes on. */
  private later(seconds: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.within(this.timeout);
    }, seconds * 1000).unref();
  }

  /** Whether a backend refused something that it may take in a moment; those that a circuit breaker leaves alone are not asked. */
  private waits(): boolean {
    return this.telemetry.health().exporters.some(({ status, circuit }) => status === 'failing' && circuit !== 'open');
  }
}

async function settledBefore(until: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, until - performance.now()));
  });
  const settled = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}
