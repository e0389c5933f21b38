// What a terminal and the end of a process do to progress can only be seen from outside: run with the name of a program.
import { createTelemetry } from '@telltale/core';
import { showProgress } from './index.ts';

const telemetry = createTelemetry({ service: { name: 'batch' } });
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const PROGRAMS: Readonly<Record<string, () => unknown>> = {
  async script() {
    showProgress(telemetry);
    await telemetry.job('etl', async (job) => {
      for (let done = 0; done <= 10; done++) {
        job.progress(done, 10);
        await wait(60);
      }
    });
  },
  /** Nothing but the show could keep it alive. */
  idle() {
    showProgress(telemetry);
    telemetry.job('endless').progress(1, 4);
  },
  async exits() {
    // The first line comes after a random part of that.
    showProgress(telemetry, { lines: 1e6 });
    telemetry.job('endless').progress(1, 4);
    await wait(400);
    process.exit(3);
  },
};

await PROGRAMS[process.argv[2] as string]?.();
