import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import { isThenable } from '../settle.ts';
import type { OperationEvent, OperationMoment } from './operation-event.ts';

/**
 * Called at a moment of an operation's life. What it throws is counted and told once; the operation goes on. `identity` is the same object at
 * all moments of one operation, and good for nothing else than to tell operations apart.
 */
export type OperationListener = (operation: OperationEvent, identity: object) => void;

/** Who wants to know of operations. */
export class Hooks {
  private readonly listeners = new Map<OperationMoment, readonly OperationListener[]>();
  private readonly diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** Returns the function that takes the listener off again. */
  on(moment: OperationMoment, listener: OperationListener): () => void {
    // Its own function, since the same listener may be put on twice and taken off once.
    const own: OperationListener = (event, identity) => listener(event, identity);
    this.listeners.set(moment, [...(this.listeners.get(moment) ?? []), own]);
    return () => {
      const left = (this.listeners.get(moment) ?? []).filter((other) => other !== own);
      if (left.length > 0) this.listeners.set(moment, left);
      else this.listeners.delete(moment);
    };
  }

  /** Nobody wants to know of anything. */
  get silent(): boolean {
    return this.listeners.size === 0;
  }

  /** Asked before an event is made. */
  has(moment: OperationMoment): boolean {
    return this.listeners.has(moment);
  }

  /** `identity`: of what the event is about; the event itself where it is about nothing that has other moments. */
  emit(event: OperationEvent, identity: object = event): void {
    for (const listener of this.listeners.get(event.type) ?? []) {
      try {
        const result: unknown = listener(event, identity);
        // An async listener's failure would otherwise end the process.
        if (isThenable(result)) result.then(undefined, (error: unknown) => this.failed(event.type, error));
      } catch (error) {
        this.failed(event.type, error);
      }
    }
  }

  private failed(moment: OperationMoment, error: unknown): void {
    this.diagnostics.problem(
      'ERR_LISTENER',
      moment,
      () =>
        `A listener for "${moment}" failed (${messageOf(error)}); the operation was not disturbed. Catch errors in the listener.`,
    );
  }
}
