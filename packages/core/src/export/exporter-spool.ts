import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { exportInterval } from './export-interval.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import type { BatchData, Feed } from './feed.ts';
import { EXPORT_METHODS, type Signal } from './signal.ts';
import type { Spool, SpoolLane } from './spool.ts';
import { EVENTS_FORM, METRICS_FORM, SPANS_FORM, SPOOL_SHAPE, type SpoolForm } from './spool-form.ts';
import { SpooledFeed } from './spooled-feed.ts';
import { within } from './within.ts';

const FORMS = { metrics: METRICS_FORM, spans: SPANS_FORM, events: EVENTS_FORM } as const;

export interface ExporterSpoolOptions {
  readonly spool: Spool;
  readonly exporter: Exporter;
  readonly resource: Resource;
  readonly clock: Clock;
  /** Seconds that the disk may take where somebody waits. */
  readonly timeout: number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Does work so that it is not observed itself. */
  unobserved<T>(work: () => T): T;
  problem(subject: string, message: string): void;
}

/** The spool of one exporter, and its feeds that go through it. Nothing here rejects: what does not work is told, and done without. */
export class ExporterSpool {
  private readonly options: ExporterSpoolOptions;
  private readonly feeds = new Map<Signal, SpooledFeed<BatchData>>();

  constructor(options: ExporterSpoolOptions) {
    this.options = options;
  }

  /** The feed of a signal with the spool in between. */
  around(signal: Signal, inner: Feed): Feed {
    const { exporter, resource, clock, random, problem, unobserved } = this.options;
    const send = exporter[EXPORT_METHODS[signal]] as
      | ((payload: BatchData, context: ExportContext) => Promise<ExportResult | void>)
      | undefined;
    const feed = new SpooledFeed<BatchData>({
      exporter,
      signal,
      inner,
      form: FORMS[signal] as SpoolForm<BatchData>,
      // As a method: exporters may be objects of a class.
      send: (payload, context) => unobserved(async () => send?.call(exporter, payload, context)),
      resource,
      clock,
      interval: exportInterval(exporter, signal),
      random,
      problem,
    });
    this.feeds.set(signal, feed);
    return feed;
  }

  async open(): Promise<void> {
    const { spool, exporter, resource, clock, problem, unobserved } = this.options;
    const service = String(resource.attributes['service.name'] ?? '');
    const host = { exporter: exporter.name, service, shape: SPOOL_SHAPE, clock, problem };
    for (const [signal, feed] of this.feeds) {
      try {
        const lane = await this.whenDiskAnswers(unobserved(() => spool.open(host, signal)));
        feed.through(unobservedLane(lane, unobserved));
      } catch (error) {
        problem(
          `spool of ${exporter.name}`,
          `The exporter ${exporter.name} works without its spool: ${messageOf(error)}.`,
        );
      }
    }
  }

  /** Begins to write to the spool; `ready` is called whenever there is something to send. */
  start(signal: Signal, ready: () => void): void {
    this.feeds.get(signal)?.start(ready);
  }

  hold(signal: Signal): void {
    this.feeds.get(signal)?.hold();
  }

  /** Something came into the inner feed. */
  wake(signal: Signal): void {
    this.feeds.get(signal)?.wake();
  }

  /** Puts on disk what is there now. */
  async take(): Promise<void> {
    const all = Promise.all([...this.feeds.values()].map((feed) => feed.take()));
    await this.whenDiskAnswers(all).catch(() => {}); // goes on by itself
  }

  async close(): Promise<void> {
    await Promise.all([...this.feeds.values()].map((feed) => feed.settled()));
    await this.options.unobserved(() => this.options.spool.close());
  }

  /** A disk that hangs holds up nobody. */
  private whenDiskAnswers<T>(work: Promise<T>): Promise<T> {
    return within(work, this.options.timeout, this.options.clock, 'the disk did not answer');
  }
}

function unobservedLane(lane: SpoolLane, unobserved: ExporterSpoolOptions['unobserved']): SpoolLane {
  return {
    get entries() {
      return lane.entries;
    },
    get items() {
      return lane.items;
    },
    lost: () => lane.lost(),
    append: (entry) => unobserved(() => lane.append(entry)),
    first: () => unobserved(() => lane.first()),
    sending: () => unobserved(() => lane.sending()),
    settled: (indexes) => unobserved(() => lane.settled(indexes)),
    returned: () => unobserved(() => lane.returned()),
    remove: () => unobserved(() => lane.remove()),
    takeOver: () => unobserved(() => lane.takeOver()),
  };
}
