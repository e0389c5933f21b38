import type {
  AttributeValue,
  ExportContext,
  Exporter,
  ExportResult,
  Metric,
  MetricsSnapshot,
  MetricType,
  Signal,
} from '@telltale/core';
import { sampleEvents } from './sample-events.ts';
import { sampleResource, sampleSnapshot } from './sample-snapshot.ts';
import { sampleSpans } from './sample-spans.ts';
import { sourceOf } from './snapshot-source.ts';

/** One series as the backend has it, in the backend's own spelling. */
export interface ReceivedSeries {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of counters, up-down counters and gauges. */
  readonly value?: number;
}

/** What has arrived, decoded by a parser that is not the exporter's own code. */
export interface Received {
  readonly metrics: readonly ReceivedSeries[];
  readonly spans: readonly { readonly name: string; readonly traceId?: string; readonly spanId?: string }[];
  readonly events: readonly { readonly name: string }[];
}

/** How the suite makes the backend misbehave; it speaks the real protocol over a real socket. */
export interface BackendControl {
  /** The next request, or as many as `times` says, gets this status; those after it succeed. */
  answer(status: number, headers?: Readonly<Record<string, string>>, times?: number): void;
  /** The next request is read and never answered. */
  stall(): void;
  /** The next request is read in full and gets no answer: the connection is closed. `taken`: the backend has kept what it was sent. */
  disconnect(taken?: boolean): void;
  /** The next request is taken, and answered a byte at a time, without end. */
  drip?(): void;
  /** The backend takes all of the next request but one item. Missing where `partial` is false. */
  refuseOne?(): void;
  /** From here on each request with this text in its body is refused as a whole, with a status that blames the payload. Missing where `isolates` is false. */
  poison?(text: string): void;
  /** Nobody listens any more. */
  down?(): Promise<void>;
  /** How many requests have come. */
  requests(): number;
}

export interface ExporterUnderTest {
  readonly exporter: Exporter;
  /** What the backend has by now; of an exporter that serves, what it serves now. */
  received(): Promise<Received>;
  /** For exporters with a network in between. */
  readonly backend?: BackendControl;
  /** Lets go of what `create` took. */
  close?(): Promise<void>;
}

/** What the exporter under test is and can do. What does not apply is tested not to be there: nothing is skipped in silence. */
export interface ExporterSuiteOptions {
  readonly name: string;
  /** `push`: it sends when told to. `pull`: it serves what it reads from the source given to its `start`. */
  readonly kind: 'push' | 'pull';
  /** Exactly the signals it takes. */
  readonly signals: readonly Signal[];
  /** Whether it speaks to its backend over a network, which `backend` of what `create` makes controls. */
  readonly network: boolean;
  /** Whether the backend can take a part of a batch and say so; `refuseOne` of `backend` then makes it do that. */
  readonly partial: boolean;
  /**
   * Whether the exporter gets all else to a backend that refuses a whole request because of one item; `poison` of `backend` then makes it do
   * that. Default: if it speaks over a network.
   */
  readonly isolates?: boolean;
  /** Signals of which one batch goes in requests of both rules: `whenUnknown` must then be the stricter, whatever the first request says. */
  readonly bothRules?: readonly Signal[];
  /** A fresh exporter with a fresh backend, for each test. */
  create(): Promise<ExporterUnderTest>;
  /** Types of metrics that the backend cannot have; the exporter leaves them out. */
  readonly leavesOut?: readonly MetricType[];
  /** `exact`: keys and values of attributes arrive as `attributeName` and `attributeValue` spell them. `cleaned`: the backend cannot hold them all. */
  readonly attributes: 'exact' | 'cleaned';
  /** How the backend spells the name of a metric; as it is, unless given. */
  metricName?(metric: Metric): string;
  attributeName?(key: string): string;
  attributeValue?(value: AttributeValue): unknown;
}

/** A test that gets a fresh exporter, which is shut down afterwards. */
export function withExporter(
  options: ExporterSuiteOptions,
  test: (subject: ExporterUnderTest) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const subject = await options.create();
    try {
      await test(subject);
    } finally {
      await subject.exporter.shutdown?.();
      await subject.close?.();
    }
  };
}

/** What an exporter said of its items in a call. */
export interface TestContext extends Required<ExportContext> {
  /** By `accepted`. */
  readonly named: Set<unknown>;
  /** By `rejected`. */
  readonly refused: Set<unknown>;
  /** By `unknown`. */
  readonly unsure: Set<unknown>;
  /** What `unknown` said is to become of them. */
  readonly thens: Set<'again' | 'give-up'>;
  /** Bytes of each request, by `request`. */
  readonly requests: number[];
}

/** As a push loop gives it, collecting what the exporter says. */
export function contextOf(signal: AbortSignal = new AbortController().signal): TestContext {
  const named = new Set<unknown>();
  const refused = new Set<unknown>();
  const unsure = new Set<unknown>();
  const thens = new Set<'again' | 'give-up'>();
  const requests: number[] = [];
  return {
    signal,
    resource: sampleResource,
    named,
    refused,
    unsure,
    thens,
    requests,
    accepted: (items) => {
      for (const item of items) named.add(item);
    },
    rejected: (items) => {
      for (const item of items) refused.add(item);
    },
    unknown: (items, then) => {
      thens.add(then);
      for (const item of items) unsure.add(item);
    },
    request: async (bytes) => {
      signal.throwIfAborted();
      requests.push(bytes);
    },
  };
}

/** Gets a snapshot to the backend, whichever way the exporter works. */
export async function hand(
  { exporter }: ExporterUnderTest,
  kind: 'push' | 'pull',
  snapshot: () => MetricsSnapshot,
): Promise<void> {
  await exporter.start?.(sourceOf(snapshot));
  if (kind === 'push') await exporter.exportMetrics?.(snapshot(), contextOf());
}

/** Sends the samples of a signal, in the temporality that the exporter asks for. */
export async function sendSamples(
  { exporter }: ExporterUnderTest,
  signal: Signal,
  context: ExportContext,
): Promise<ExportResult | void> {
  if (signal === 'spans') return exporter.exportSpans?.(sampleSpans(), context);
  if (signal === 'events') return exporter.exportEvents?.(sampleEvents(), context);
  return exporter.exportMetrics?.(sampleSnapshot({ temporality: exporter.temporality ?? 'cumulative' }), context);
}

/** How many items `sendSamples` hands over. */
export function sampleCount({ exporter }: ExporterUnderTest, signal: Signal): number {
  if (signal === 'spans') return sampleSpans().length;
  if (signal === 'events') return sampleEvents().length;
  return sampleSnapshot({ temporality: exporter.temporality ?? 'cumulative' }).metrics.reduce(
    (sum, metric) => sum + metric.points.length,
    0,
  );
}
