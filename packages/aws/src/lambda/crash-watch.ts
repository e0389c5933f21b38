import type { Flusher } from './flusher.ts';
import type { Invocation } from './invocation.ts';

/**
 * What nobody catches ends the process, and Lambda starts another. While invocations are under way, this sees it first: they have failed, and
 * that is delivered; then Node does what it would have done. Where others listen too (an older runtime, the service), they decide.
 */
export class CrashWatch {
  private readonly flusher: Flusher;
  /** Seconds. */
  private readonly timeout: number;
  private readonly running = new Set<Invocation>();
  private readonly listener = (error: unknown): void => this.crashed(error);
  private crashing = false;

  constructor(flusher: Flusher, timeout: number) {
    this.flusher = flusher;
    this.timeout = timeout;
  }

  add(invocation: Invocation): void {
    if (this.running.size === 0) process.on('uncaughtException', this.listener);
    this.running.add(invocation);
  }

  remove(invocation: Invocation): void {
    if (!this.running.delete(invocation) || this.running.size > 0 || this.crashing) return;
    process.off('uncaughtException', this.listener);
  }

  private crashed(error: unknown): void {
    // The process ends by the first one.
    if (this.crashing) return;
    this.crashing = true;
    for (const invocation of this.running) invocation.failed(error);
    const delivered = this.flusher.within(this.timeout);
    if (process.listenerCount('uncaughtException') > 1) {
      this.crashing = false;
      return;
    }
    void delivered.then(() => {
      process.off('uncaughtException', this.listener);
      setImmediate(() => {
        throw error;
      });
    });
  }
}
