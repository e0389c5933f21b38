import type { Gathering, GatheringHost, GatheringMember, MetricReader, Signal } from '@telltale/core';
import { Intake } from './intake/intake.ts';
import { Tally } from './intake/tally.ts';
import { type Encoding, OtlpCodec } from './otlp/requests.ts';
import type { StoreLimits } from './store/limits.ts';
import { MetricStore } from './store/metric-store.ts';

/** Seconds between two looks at what has expired, at most. */
const MAX_LOOK = 30;

/** How much of a signal was taken since the start. */
export interface ReceivedItems {
  readonly accepted: number;
  readonly rejected: number;
  /** Accepted, and known already or overtaken. */
  readonly repeated: number;
}

/** How the receiver is doing. */
export interface ReceiverHealth {
  /** Instances of services that told something within `limits.expireAfter`. */
  readonly instances: number;
  readonly series: number;
  readonly limits: { readonly instances: number; readonly series: number; readonly seriesPerService: number };
  readonly items: Readonly<Record<Signal, ReceivedItems>>;
  /** Values of attributes that were too long, and are cut. */
  readonly cut: number;
  /** Why something was rejected last. */
  readonly lastRejection?: string;
}

/** Several services as one telemetry: what is received enters core as what the members of a group tell. */
export class Receiver implements Gathering {
  private readonly limits: StoreLimits;
  private readonly codec = new OtlpCodec();
  private readonly items: Record<Signal, { accepted: number; rejected: number; repeated: number }> = {
    metrics: { accepted: 0, rejected: 0, repeated: 0 },
    spans: { accepted: 0, rejected: 0, repeated: 0 },
    events: { accepted: 0, rejected: 0, repeated: 0 },
  };
  private lastRejection: string | undefined = undefined;
  private store: MetricStore | undefined = undefined;
  private intake: Intake | undefined = undefined;
  private problem: GatheringHost['problem'] = () => {};
  /** Takes no more requests and waits for those under way. */
  drain: (seconds: number) => Promise<void> = async () => {};
  /** All has been delivered. */
  close: () => Promise<void> = async () => {};

  constructor(limits: StoreLimits) {
    this.limits = limits;
  }

  get otlp(): OtlpCodec {
    return this.codec;
  }

  health(): ReceiverHealth {
    const { instances, series, seriesPerService } = this.limits;
    return {
      instances: this.store?.instances ?? 0,
      series: this.store?.size ?? 0,
      limits: { instances, series, seriesPerService },
      items: structuredClone(this.items),
      cut: this.intake?.cut ?? 0,
      ...(this.lastRejection !== undefined && { lastRejection: this.lastRejection }),
    };
  }

  /** Throws `Malformed` for what is no request of OTLP. */
  async take(signal: Signal, encoding: Encoding, body: Buffer): Promise<Tally> {
    const tally = new Tally();
    try {
      await (this.intake as Intake).take(signal, encoding, body, tally);
    } finally {
      this.count(signal, tally);
    }
    return tally;
  }

  join(host: GatheringHost): GatheringMember {
    const store = new MetricStore(host.clock, this.limits);
    this.store = store;
    this.intake = new Intake(host, this.codec, store);
    this.problem = host.problem;
    host.lead(true);
    let cancel = (): void => {};
    const look = (): void => {
      cancel = host.clock.schedule(
        () => {
          store.expire();
          look();
        },
        Math.min(MAX_LOOK, this.limits.expireAfter / 4),
      );
    };
    look();
    const all = (own: readonly MetricReader[]): readonly MetricReader[] => merged(own, store.readers());
    return {
      role: 'gatherer',
      open: async () => all(await host.open()),
      readers: () => all(host.readers()),
      offerSpan: host.offerSpan,
      offerEvent: host.offerEvent,
      flush: async () => {},
      announceEnd: () => {},
      handOver: (seconds) => this.drain(seconds),
      leave: async () => {
        cancel();
        await this.close();
      },
      health: () => ({ role: 'gatherer', group: 'otlp', members: store.instances, series: store.size }),
      acknowledged: async () => [],
      keepAcknowledged: async () => {},
    };
  }

  private count(signal: Signal, { accepted, rejected, repeated, message }: Tally): void {
    const items = this.items[signal];
    items.accepted += accepted;
    items.rejected += rejected;
    items.repeated += repeated;
    if (rejected === 0) return;
    this.lastRejection = message;
    this.problem(`received ${signal}`, () => `Of the ${signal} that were received, ${message}.`);
  }
}

/** Two lists by name as one. */
function merged(a: readonly MetricReader[], b: readonly MetricReader[]): readonly MetricReader[] {
  const all: MetricReader[] = [];
  let at = 0;
  for (const reader of b) {
    for (let own = a[at]; own !== undefined && own.name < reader.name; own = a[++at]) all.push(own);
    all.push(reader);
  }
  for (; at < a.length; at++) all.push(a[at] as MetricReader);
  return all;
}
