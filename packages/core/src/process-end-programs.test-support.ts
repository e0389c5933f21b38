// What happens when a process ends can only be seen from outside: run with the name of a program, it writes what was delivered.
import { createTelemetry, type Exporter, type Telemetry, type TelemetryOptions } from './index.ts';

const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** An exporter that needs a moment, as a network does, and writes what it was handed. */
function slowExporter(name: string): Exporter {
  const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
  return {
    name,
    exportMetrics: async ({ metrics }) => {
      await moment();
      const orders = metrics.find((metric) => metric.name === 'orders');
      if (orders?.type === 'counter') write(`${name} orders ${orders.points[0]?.value}`);
    },
    exportEvents: async (events) => {
      await moment();
      for (const event of events) write(`${name} ${event.name} ${event.outcome}`);
    },
    shutdown: async () => {
      write(`${name} closed`);
    },
  };
}

function service(name: string, options: Partial<TelemetryOptions> = {}): Telemetry {
  const telemetry = createTelemetry({ service: { name }, exporters: [slowExporter(name)], ...options });
  telemetry.counter('orders').add(3);
  return telemetry;
}

/** As a server does. */
function stayAlive(): void {
  setInterval(() => {}, 1e6);
  write('ready');
}

const PROGRAMS: Readonly<Record<string, () => unknown>> = {
  alone() {
    service('a');
    stayAlive();
  },
  inFlight() {
    void service('a').job('etl', { queue: 'q' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    stayAlive();
  },
  stuck() {
    const telemetry = service('a');
    telemetry.job('endless', { queue: 'q' });
    stayAlive();
    const waiting = setInterval(() => {
      // Telemetry has heard of the signal: it has let go of it.
      if (process.listenerCount('SIGINT') > 0) return;
      clearInterval(waiting);
      write('told');
    }, 10);
  },
  watched() {
    const telemetry = service('a', { shutdown: { timeout: 3600 } });
    telemetry.boundary({ to: 'feed', operation: 'subscribe', background: true });
    telemetry.boundary({ to: 'feed', operation: 'poll', background: true }).end();
    telemetry.request({ method: 'GET', upgrade: true });
    telemetry.request({ method: 'GET', upgrade: true }).end({ status: 101 });
    stayAlive();
  },
  userListener() {
    service('a');
    process.on('SIGTERM', () => {
      write('user');
      setTimeout(() => process.exit(7), 500);
    });
    stayAlive();
  },
  signalsOff() {
    service('a', { shutdown: { signals: false } });
    stayAlive();
  },
  script() {
    service('a');
    write('done');
  },
  exitCode() {
    service('a');
    process.exitCode = 3;
    stayAlive();
  },
  two() {
    service('a');
    service('b');
    stayAlive();
  },
  async awaited() {
    const hangs: Exporter = { name: 'hangs', exportMetrics: () => new Promise(() => {}) };
    const telemetry = service('a', { exporters: [hangs, slowExporter('a')], shutdown: { timeout: 0.5 } });
    await telemetry.shutdown();
    write('shut down');
  },
};

await PROGRAMS[process.argv[2] as string]?.();
