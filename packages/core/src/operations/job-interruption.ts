/** The signal by which a job's function learns that it is to stop: because the signal that the job was given fired, or because the process ends. */
export class JobInterruption {
  private readonly controller = new AbortController();
  private readonly given: AbortSignal | undefined;

  constructor(given: AbortSignal | undefined, ending: DOMException | undefined) {
    this.given = given;
    if (given?.aborted === true) this.follow();
    else if (ending !== undefined) this.abort(ending);
    // Whatever a caller without types gave: it may be no signal.
    else given?.addEventListener?.('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** Lets go of the given signal, which may outlive many jobs. */
  release(): void {
    this.given?.removeEventListener?.('abort', this.follow);
  }

  private readonly follow = (): void => this.abort(this.given?.reason);
}
