import type { Meter, MeterProvider } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import type { InstrumentationScope } from '../resource.ts';
import { Collectors } from './collectors.ts';
import { linuxFiles, observeDisks, observeNetwork } from './machine-metrics.ts';
import type { CheckedRuntimeOptions, RuntimePart } from './runtime-options.ts';
import { systemInformation } from './system-information.ts';

/** The telemetry that they are recorded on. */
export interface RuntimeMetricsHome {
  readonly meterProvider: MeterProvider;
  /** Of what no library of OpenTelemetry's collects. */
  readonly scope: InstrumentationScope;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Whether several processes are one telemetry, of which one at a time leads. */
  readonly gathers: boolean;
  /** Calls `listener` at once, and whenever it changes. */
  onLead(listener: (leads: boolean) => void): void;
}

/** Seconds for which totals are good enough, however many exporters read. */
const AGE = 1;
/** What is told of a stretch of time: from one question to the next. */
const OF_A_WINDOW = /^nodejs\.eventloop\.(delay|utilization)\b/;
const OF_THE_MACHINE = /^system\.(network|disk|filesystem)\b/;

type Stop = () => void;

/** Metrics of the process and of its machine. What cannot be collected is told once; nothing here throws. */
export class RuntimeMetrics {
  private readonly options: CheckedRuntimeOptions;
  private readonly home: RuntimeMetricsHome;
  private readonly machine = process.platform === 'linux' ? linuxFiles() : systemInformation;
  private readonly stops: Stop[] = [];
  private stopped = false;

  constructor(options: CheckedRuntimeOptions, home: RuntimeMetricsHome) {
    this.options = options;
    this.home = home;
    const parts: Readonly<Record<RuntimePart, () => Promise<void>>> = {
      node: () => this.observeNode(),
      process: async () => this.observeByLibrary(['process.cpu', 'process.memory'], () => this.everywhere()),
      host: async () => this.observeByLibrary(['system.cpu', 'system.memory'], () => this.once()),
      network: async () => observeNetwork(this.meterOfMachine(), this.machine),
      disk: async () => observeDisks(this.meterOfMachine(), this.machine),
    };
    for (const [part, observe] of Object.entries(parts)) {
      if (options[part as RuntimePart]) observe().catch((error: unknown) => this.failed(part, error));
    }
  }

  /** Nothing is collected any more: callbacks, observers and histograms are gone. */
  stop(): void {
    this.stopped = true;
    for (const stop of this.stops) stop();
    this.stops.length = 0;
  }

  private async observeNode(): Promise<void> {
    const { RuntimeNodeInstrumentation } = await import('@opentelemetry/instrumentation-runtime-node');
    if (this.stopped) return;
    const { eventLoopPrecision } = this.options;
    const instrumentation = new RuntimeNodeInstrumentation({
      monitoringPrecision: Math.round(eventLoopPrecision * 1000),
    });
    this.stops.push(() => instrumentation.disable());
    instrumentation.setMeterProvider(this.everywhere());
  }

  private async observeByLibrary(metricGroups: string[], collectors: () => Collectors): Promise<void> {
    const { HostMetrics } = await import('@opentelemetry/host-metrics');
    if (!this.stopped) new HostMetrics({ meterProvider: collectors(), metricGroups }).start();
  }

  private meterOfMachine(): Meter {
    return this.once().getMeter(this.home.scope.name, this.home.scope.version);
  }

  /** For what differs from process to process. */
  private everywhere(): Collectors {
    const collectors = this.collectors(false);
    collectors.collect(true);
    return collectors;
  }

  /** For what is the same in all processes of the machine: the one that leads is enough. */
  private once(): Collectors {
    const collectors = this.collectors(this.home.gathers);
    this.home.onLead((leads) => collectors.collect(leads && !this.stopped));
    return collectors;
  }

  private collectors(ownTotals: boolean): Collectors {
    const { window } = this.options;
    const age = (name: string): number =>
      OF_A_WINDOW.test(name) ? window : OF_THE_MACHINE.test(name) ? this.machine.age : AGE;
    const collectors = new Collectors(this.home.meterProvider, { clock: this.home.clock, age, ownTotals });
    this.stops.push(() => collectors.collect(false));
    return collectors;
  }

  private failed(part: string, error: unknown): void {
    this.home.diagnostics.problem(
      'ERR_ADAPTER',
      `runtime.${part}`,
      () =>
        `The metrics of "runtime.${part}" are not collected (${messageOf(error)}); install the dependencies of @telltale/core anew, or switch them off: runtime: { ${part}: false }.`,
    );
  }
}
