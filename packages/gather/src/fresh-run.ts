/** Runs work one at a time. Whoever asks gets a run that begins after the asking; all who ask during one share the next. */
export class FreshRun {
  private readonly work: () => Promise<void>;
  private current: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.work = work;
  }

  /** Settles as that run does. */
  run(): Promise<void> {
    if (this.current === undefined) {
      this.current = this.work().finally(() => {
        this.current = undefined;
      });
      return this.current;
    }
    this.next ??= this.current
      .catch(() => {})
      .then(() => {
        this.next = undefined;
        return this.run();
      });
    return this.next;
  }
}
