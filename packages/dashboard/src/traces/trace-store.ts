import type { FinishedSpan } from '@telltale/core';
import type { TraceDetail, TraceRow } from '../frame.ts';
import { type KeptSpan, keptSpan } from './kept-span.ts';
import { SlowLimits } from './slow-limits.ts';
import { traceDetail } from './trace-detail.ts';

/** Traces that are kept, of each kind: the slow do not push out the failed. */
const MAX_KEPT = 50;
const MAX_SPANS = 200;
const MAX_BYTES = 8 * 1024 * 1024;

/** Spans of traces of which it is not known yet whether they are kept: two generations, each of at most this. */
const MAX_PENDING_SPANS = 2500;
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** Seconds that a generation lasts: spans are held for five to ten seconds, or for less where there are many. */
const GENERATION_SECONDS = 5;

/** Traces of one name that are kept in a second: more of the same say nothing new, and keeping costs. */
const MAX_PER_SECOND = 5;
const MAX_NAMES = 500;

/** A span that holds more than this is made smaller as it comes. */
const BIG_SPAN = 4096;

/** Spans that came in the same few seconds, by trace. Thrown away as a whole, because taking traces out one by one costs more. */
class Generation {
  readonly traces = new Map<string, (FinishedSpan | KeptSpan)[]>();
  readonly since: number;
  spans = 0;
  bytes = 0;

  constructor(since: number) {
    this.since = since;
  }
}

interface Kept {
  readonly traceId: string;
  why: TraceRow['why'];
  spans: KeptSpan[];
  bytes: number;
  dropped: number;
}

/** The traces that were slow or failed, of those that come in as spans: 50 of each, with 200 spans each, within 8 MB; and 8 MB of those not decided on. */
export class TraceStore {
  private readonly limits: SlowLimits;
  private young = new Generation(0);
  private old = new Generation(0);
  /** The oldest first. */
  private readonly kept = new Map<string, Kept>();
  private keptBytes = 0;
  private rows: readonly TraceRow[] | undefined = [];
  /** How many were kept lately, by name. */
  private readonly recent = new Map<string, { since: number; count: number }>();
  /** Whether a span ever came. */
  hasSeen = false;

  constructor(slowerThan: number | undefined) {
    this.limits = new SlowLimits(slowerThan);
  }

  /** Bytes of all that is held, about. */
  get bytes(): number {
    return this.young.bytes + this.old.bytes + this.keptBytes;
  }

  /** `now`: seconds by a clock that never goes back. */
  take(spans: readonly FinishedSpan[], now: number): void {
    this.hasSeen = true;
    for (const span of spans) this.takeSpan(span, now);
  }

  /** The newest first. */
  list(): readonly TraceRow[] {
    this.rows ??= [...this.kept.values()].map(rowOf).sort((a, b) => b.start - a.start);
    return this.rows;
  }

  detail(traceId: string): TraceDetail | undefined {
    const kept = this.kept.get(traceId);
    return kept && traceDetail(kept.traceId, kept.spans, kept.dropped);
  }

  private takeSpan(span: FinishedSpan, now: number): void {
    const kept = this.kept.get(span.traceId);
    const failed = isFailed(span);
    const isRoot = span.parentSpanId === undefined || span.parentIsRemote;
    const slow = isRoot && this.limits.isSlow(span.name, span.endTime - span.startTime, now);
    if (kept !== undefined) {
      if (failed) kept.why = 'failed';
      this.add(kept, keptSpan(span));
      return;
    }
    if ((failed || slow) && this.isAllowed(span.name, now)) {
      this.keep(span, failed ? 'failed' : 'slow');
      return;
    }
    this.hold(span, now);
  }

  private isAllowed(name: string, now: number): boolean {
    let recent = this.recent.get(name);
    if (recent === undefined || now - recent.since >= 1) {
      if (this.recent.size >= MAX_NAMES) this.recent.clear();
      recent = { since: now, count: 0 };
      this.recent.set(name, recent);
    }
    recent.count++;
    return recent.count <= MAX_PER_SECOND;
  }

  private hold(span: FinishedSpan, now: number): void {
    const { young } = this;
    if (
      now - young.since >= GENERATION_SECONDS ||
      young.spans >= MAX_PENDING_SPANS ||
      young.bytes >= MAX_PENDING_BYTES
    ) {
      this.old = young;
      this.young = new Generation(now);
    }
    const size = sizeOf(span);
    const small = size > BIG_SPAN ? keptSpan(span) : span;
    const spans = this.young.traces.get(span.traceId);
    if (spans === undefined) this.young.traces.set(span.traceId, [small]);
    else if (spans.length < MAX_SPANS) spans.push(small);
    else return;
    this.young.spans++;
    this.young.bytes += 'bytes' in small ? small.bytes : size;
  }

  private keep(span: FinishedSpan, why: TraceRow['why']): void {
    const kept: Kept = { traceId: span.traceId, why, spans: [], bytes: 0, dropped: 0 };
    this.kept.set(span.traceId, kept);
    this.add(kept, keptSpan(span));
    for (const { traces } of [this.old, this.young]) {
      for (const one of traces.get(span.traceId) ?? []) this.add(kept, 'bytes' in one ? one : keptSpan(one));
      traces.delete(span.traceId);
    }
    this.makeRoom(why);
  }

  private add(kept: Kept, span: KeptSpan): void {
    this.rows = undefined;
    if (kept.spans.length >= MAX_SPANS || this.keptBytes + span.bytes > MAX_BYTES) {
      kept.dropped++;
      return;
    }
    kept.spans.push(span);
    kept.bytes += span.bytes;
    this.keptBytes += span.bytes;
  }

  /** Of the name with the most traces the oldest goes, so that one that fails all the time does not push out the others. */
  private makeRoom(why: TraceRow['why']): void {
    const same = [...this.kept.values()].filter((kept) => kept.why === why);
    if (same.length > MAX_KEPT) {
      const byName = Map.groupBy(same, ({ spans }) => rootOf(spans)?.name);
      const most = [...byName.values()].reduce((one, other) => (other.length > one.length ? other : one));
      this.forget(most[0]);
    }
    while (this.keptBytes > MAX_BYTES * 0.9) this.forget(this.kept.values().next().value);
  }

  private forget(kept: Kept | undefined): void {
    if (kept === undefined || !this.kept.delete(kept.traceId)) return;
    this.keptBytes -= kept.bytes;
    this.rows = undefined;
  }
}

/** Who goes away is no failure of the service. */
function isFailed({ status, attributes }: FinishedSpan): boolean {
  return status === 'error' && attributes['error.type'] !== 'client_abort';
}

/** Bytes that a span holds on to, about; what is not text takes little. */
function sizeOf({ attributes, events, links, statusMessage }: FinishedSpan): number {
  let size = 500 + 200 * links.length + 2 * (statusMessage?.length ?? 0) + textSize(attributes);
  for (const event of events) size += 100 + textSize(event.attributes);
  return size;
}

function textSize(attributes: FinishedSpan['attributes']): number {
  let size = 0;
  for (const key in attributes) {
    const value = attributes[key];
    size += 16;
    if (typeof value === 'string') size += 2 * value.length;
    else if (Array.isArray(value)) for (const one of value) size += typeof one === 'string' ? 2 * one.length : 8;
  }
  return size;
}

function rowOf({ traceId, why, spans }: Kept): TraceRow {
  const root = rootOf(spans);
  const start = spans.reduce((least, span) => Math.min(least, span.start), Number.POSITIVE_INFINITY);
  const end = spans.reduce((most, span) => Math.max(most, span.end), 0);
  const message =
    why === 'failed' ? spans.find(({ status, message }) => status === 'error' && message)?.message : undefined;
  return {
    traceId,
    name: root?.name ?? '',
    service: root?.service ?? '',
    start: Number.isFinite(start) ? start : 0,
    seconds: Number.isFinite(start) ? end - start : 0,
    spans: spans.length,
    why,
    ...(message !== undefined && { message }),
  };
}

/** The one without a parent, or else the one that began first. */
function rootOf(spans: readonly KeptSpan[]): KeptSpan | undefined {
  return (
    spans.find(({ parentSpanId }) => parentSpanId === undefined) ??
    spans.reduce<KeptSpan | undefined>(
      (first, span) => (first === undefined || span.start < first.start ? span : first),
      undefined,
    )
  );
}
