import { ManualClock } from '../manual-clock.test-support.ts';

/** Lets promises settle after each timer: for what goes on in the background. */
export class SettlingClock extends ManualClock {
  override async advance(seconds: number): Promise<void> {
    const end = this.monotonic() + seconds;
    do await settled();
    while (this.fireNext(end));
    this.pass(Math.max(0, end - this.monotonic()));
  }
}

/** All promises that wait for nothing but each other have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
