/** Jobs that a worker remembers; those that failed first are forgotten first. */
const MAX_REMEMBERED = 10_000;

/**
 * When jobs are ready again that a worker has seen fail: no field of BullMQ says it to whoever takes the job up next, so it is known only if that
 * is the same worker.
 */
export class ReadyAgain {
  private readonly jobs = new Map<string, { readonly at: number; readonly start: number }>();

  /** The job's start number `start` has failed; it is ready again `at` milliseconds since 1970. */
  remember(id: string | undefined, start: number, at: number): void {
    if (id === undefined) return;
    const { jobs } = this;
    jobs.delete(id);
    jobs.set(id, { at, start });
    if (jobs.size > MAX_REMEMBERED) {
      for (const oldest of jobs.keys()) {
        jobs.delete(oldest);
        break;
      }
    }
  }

  /** When the job that is started for the time `start` became ready; `undefined` also when it was started elsewhere in between. */
  take(id: string | undefined, start: number): number | undefined {
    if (start === 1 || id === undefined) return undefined;
    const known = this.jobs.get(id);
    this.jobs.delete(id);
    return known?.start === start - 1 ? known.at : undefined;
  }
}
