import {
  createTelemetry,
  type HistogramPoint,
  type HttpServerOptions,
  type NumberPoint,
  type Telemetry,
} from '@telltale/core';
import { expect, vi } from 'vitest';
import { ask, RawConnection } from './http-adapter-client.ts';
import { Gate, type HttpAdapterSuiteOptions } from './http-adapter-under-test.ts';
import { ManualClock } from './manual-clock.ts';
import { type MemoryExporter, memoryExporter } from './memory-exporter.ts';

export const DURATION = 'http.server.request.duration';
export const ACTIVE = 'http.server.active_requests';
export const STREAMS = 'http.server.active_streams';
export const STREAM_DURATION = 'http.server.stream.duration';
export const REQUEST_SIZE = 'http.server.request.body.size';
export const RESPONSE_SIZE = 'http.server.response.body.size';
export const NO_ROUTE = '(no route)';

/** Connections that many requests are spread over. */
const CONNECTIONS = 10;
/** Requests that are sent at once on one of them. */
const PIPELINED = 20;

interface SubjectOptions {
  /** What the adapter is told. */
  readonly options?: HttpServerOptions;
  /** Without spans and events. */
  readonly metricsOnly?: boolean;
}

/** What the tests of the suite have in common. */
export interface HttpAdapterTests {
  /** A test with an application of its own, on whose clock no time passes by itself. */
  withApplication(test: (subject: Subject) => Promise<void>, options?: SubjectOptions): () => Promise<void>;
  /** A route as the adapter spells it. */
  spelled(route: string): string;
  readonly socketRoute: string;
}

export function httpAdapterTests({ serve, route, socketRoute = NO_ROUTE }: HttpAdapterSuiteOptions): HttpAdapterTests {
  return {
    spelled: (template) => route?.(template) ?? template,
    socketRoute,
    withApplication:
      (test, { options = {}, metricsOnly = false } = {}) =>
      async () => {
        const clock = new ManualClock();
        const memory = memoryExporter();
        const problems: Error[] = [];
        const telemetry = createTelemetry({
          service: { name: 'suite' },
          exporters: [memory],
          clock,
          signals: { spans: !metricsOnly, events: !metricsOnly },
          shutdown: { signals: false },
          onError: (error) => void problems.push(error),
        });
        const gate = new Gate();
        const application = await serve({ telemetry, gate, options });
        try {
          await test(new Subject(telemetry, memory, clock, gate, application.port, problems));
          expect(problems).toEqual([]);
        } finally {
          gate.open();
          await application.close();
          await telemetry.shutdown();
        }
      },
  };
}

/** An application under test, and ways of looking at its telemetry. */
class Subject {
  readonly clock: ManualClock;
  readonly gate: Gate;
  private readonly telemetry: Telemetry;
  private readonly memory: MemoryExporter;
  private readonly port: number;
  private readonly problems: Error[];

  constructor(
    telemetry: Telemetry,
    memory: MemoryExporter,
    clock: ManualClock,
    gate: Gate,
    port: number,
    problems: Error[],
  ) {
    this.telemetry = telemetry;
    this.memory = memory;
    this.clock = clock;
    this.gate = gate;
    this.port = port;
    this.problems = problems;
  }

  ask(path: string, options?: Parameters<typeof ask>[2]): ReturnType<typeof ask> {
    return ask(this.port, path, options);
  }

  /** On few connections, many at once; resolves when all have ended. */
  async askMany(times: number, path: (n: number) => string): Promise<void> {
    const before = this.count(DURATION);
    let asked = 0;
    const askSome = async (connection: RawConnection) => {
      while (asked < times) {
        const count = Math.min(PIPELINED, times - asked);
        for (let n = 0; n < count; n++) connection.get(path(++asked));
        for (let n = 0; n < count; n++) await connection.received('HTTP/1.1 ');
      }
    };
    const connections = Array.from({ length: CONNECTIONS }, () => this.connect());
    await Promise.all(connections.map(askSome));
    await vi.waitFor(() => expect(this.count(DURATION)).toBe(before + times));
    for (const connection of connections) connection.leave();
  }

  connect(): RawConnection {
    return new RawConnection(this.port);
  }

  /** Resolves once so many handlers wait at the gate. */
  async waiting(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.gate.count).toBe(count));
  }

  /** Resolves once so many requests have ended; none is in flight then. */
  async settled(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.count(DURATION)).toBe(count));
    expect(this.total(ACTIVE)).toBe(0);
  }

  /** The attributes of all series of a metric. */
  series(name: string) {
    return this.points(name).map(({ attributes }) => attributes);
  }

  /** How many values a histogram has. */
  count(name: string): number {
    return this.points<HistogramPoint>(name).reduce((sum, { count }) => sum + count, 0);
  }

  /** The sum of the values of a histogram's series with these attributes. */
  sum(name: string, wanted: Readonly<Record<string, unknown>> = {}): number {
    return this.points<HistogramPoint>(name)
      .filter(({ attributes }) => Object.entries(wanted).every(([key, value]) => attributes[key] === value))
      .reduce((total, { sum }) => total + sum, 0);
  }

  /** How many values a histogram has that are at most its first bound. */
  countOfSmallest(name: string): number {
    return this.points<HistogramPoint>(name).reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0);
  }

  /** The value of an up-down counter over all its series. */
  total(name: string): number {
    return this.points<NumberPoint>(name).reduce((sum, { value }) => sum + value, 0);
  }

  /** In the order in which they ended. */
  async spans() {
    await this.telemetry.flush();
    return this.memory.spans;
  }

  /** What `onError` was told so far; a test that does not ask for it must cause none. */
  takeProblems(): readonly string[] {
    return this.problems.splice(0).map(({ message }) => message);
  }

  private points<P extends HistogramPoint | NumberPoint>(name: string): readonly P[] {
    const metric = this.telemetry.snapshot().metrics.find((one) => one.name === name);
    return (metric?.points ?? []) as unknown as readonly P[];
  }
}

/** The attributes of a request's series. */
export function requestSeries(method: string, route: string, status: number, errorType?: string) {
  return {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    'url.scheme': 'http',
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}
