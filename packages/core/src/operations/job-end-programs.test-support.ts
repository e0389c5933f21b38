// What becomes of a job when its process ends can only be seen from outside: run with the name of a program, it writes what was delivered.
import { createTelemetry, type Exporter, type Telemetry, type TelemetryOptions } from '../index.ts';

const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Needs a moment, as a network does, and writes what it was handed. */
const slow: Exporter = {
  name: 'slow',
  exportMetrics: async ({ metrics }) => {
    await pause(50);
    const active = metrics.find(({ name }) => name === 'job.active');
    if (active?.type === 'upDownCounter') write(`active ${active.points.map(({ value }) => value)}`);
  },
  exportSpans: async (spans) => {
    await pause(50);
    for (const { name, attributes, status } of spans) write(`span ${name} ${attributes['job.outcome']} ${status}`);
  },
  exportEvents: async (events) => {
    await pause(50);
    for (const { name, outcome, error } of events) write(`event ${name} ${outcome} ${error?.type}`);
  },
};

const dead: Exporter = { name: 'dead', exportMetrics: () => new Promise(() => {}) };

function service(options: Partial<TelemetryOptions> = {}): Telemetry {
  return createTelemetry({ service: { name: 'batch' }, exporters: [slow], onError: () => {}, ...options });
}

/** Reads as long as it is not told to stop. */
async function readUntilTold(signal: AbortSignal): Promise<void> {
  write('ready');
  while (!signal.aborted) await pause(10);
}

function failDeepInside(): never {
  throw new RangeError('row 7 is broken');
}

/** Keeps the process busy, and takes no notice of anything. */
async function takeNoNotice(): Promise<void> {
  write('ready');
  await pause(1e6);
}

const IMPATIENT = { shutdown: { timeout: 0.3 } };

const PROGRAMS: Readonly<Record<string, () => unknown>> = {
  async stopsWhenTold() {
    await service()
      .job('etl', async ({ signal }) => {
        await readUntilTold(signal);
        signal.throwIfAborted();
      })
      .catch((error: Error) => write(`caught ${error.name}: ${error.message}`));
  },
  async finishesWhenTold() {
    await service().job('etl', ({ signal }) => readUntilTold(signal));
  },
  async takesNoNotice() {
    await service(IMPATIENT).job('etl', takeNoNotice);
  },
  async failsOfItself() {
    await service()
      .job('etl', async () => {
        write('ready');
        // Telemetry lets go of a signal when it has come.
        while (process.listenerCount('SIGTERM') > 0) await pause(10);
        failDeepInside();
      })
      .catch(() => {});
  },
  async startedLate() {
    const telemetry = service();
    await telemetry.job('first', async ({ signal }) => {
      await readUntilTold(signal);
      telemetry.job('late', (late) => write(`late is told ${late.signal.aborted}`));
    });
  },
  async serviceDecides() {
    const telemetry = service(IMPATIENT);
    process.on('SIGTERM', () => {});
    await telemetry.job('etl', async ({ signal }) => {
      await readUntilTold(signal);
      write('told');
      await pause(900);
    });
  },
  exitCode() {
    service().job('etl', () => {});
    process.exitCode = 4;
  },
  deadBackend() {
    service({ exporters: [dead, slow], ...IMPATIENT }).job('etl', () => {});
    process.exitCode = 4;
  },
  forgotten() {
    void service().job('etl', () => new Promise(() => {}));
  },
  async awaitsForgotten() {
    await service().job('etl', () => new Promise(() => {}));
  },
  async uncaught() {
    await service().job('etl', async () => {
      await pause(1);
      failDeepInside();
    });
  },
  uncaughtAtOnce() {
    service().job('etl', () => failDeepInside());
  },
  exits() {
    service().job('etl', () => process.exit(5));
  },
  async main() {
    write(`gives ${await service().jobs.main('etl', async () => 7)}`);
    process.exit();
  },
  async mainFails() {
    await service().jobs.main('etl', async () => {
      await pause(1);
      failDeepInside();
    });
  },
  async mainStopsWhenTold() {
    await service().jobs.main('etl', async ({ signal }) => {
      await readUntilTold(signal);
      signal.throwIfAborted();
    });
  },
  async mainTakesNoNotice() {
    await service(IMPATIENT).jobs.main('etl', takeNoNotice);
  },
  async mainFinishesWhenTold() {
    await service().jobs.main('etl', { queue: 'nightly' }, ({ signal }) => readUntilTold(signal));
  },
};

await PROGRAMS[process.argv[2] as string]?.();
