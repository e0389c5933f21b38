/** Time that the loop lets pass, besides that which it takes: what is costly is asked for as seldom as it takes long. */
export class LoopClock {
  private passed = 0;
  private timers: { due: number; callback: () => void }[] = [];

  private get elapsed(): number {
    return this.passed + performance.now() / 1000;
  }

  now = (): number => 1.7e9 + this.elapsed;
  monotonic = (): number => this.elapsed;
  wallAt = (monotonic: number): number => 1.7e9 + monotonic;

  schedule = (callback: () => void, seconds: number): (() => void) => {
    const timer = { due: this.elapsed + seconds, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  pass(seconds: number): void {
    this.passed += seconds;
    const due = this.timers.filter((timer) => timer.due <= this.elapsed);
    this.timers = this.timers.filter((timer) => timer.due > this.elapsed);
    for (const { callback } of due) callback();
  }
}
