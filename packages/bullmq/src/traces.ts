import { checkKeys, type JobOptions, type Telemetry, TelemetryError } from '@telltale/core';
import { type Context, JobContext, type Matter, matterOf, NEW_MATTER, SPAN_KEY } from './context.ts';
import { Metadata, validSpanIn } from './metadata.ts';
import type { Notes } from './notes.ts';

/**
 * How attempts belong to what put their jobs into the queue: as part of its trace, or as traces of their own with a link to it. `auto`: as
 * part, but for those that could make a trace grow without end.
 */
export type TraceMode = 'auto' | 'parent' | 'link';

export interface BullmqTelemetryOptions {
  /** Default `auto`. */
  readonly traces?: TraceMode;
  /** `auto`: more jobs than this from one span, one flow or one `addBulk` are linked. Default 100. */
  readonly linkAbove?: number;
  /** BullMQ's own metrics, too: `bullmq.jobs.completed` and so on, with its names and in its units. Default false. */
  readonly metrics?: boolean;
}

/** `auto`: a trace that has gone through so many queues, one after another, ends there. */
const MAX_HOPS = 32;

const MODES: readonly TraceMode[] = ['auto', 'parent', 'link'];
const DEFAULT_LINK_ABOVE = 100;

/** What of a job decides where an attempt at it belongs. */
export interface TracedJob {
  readonly repeatJobKey?: string | undefined;
  readonly opts: { readonly telemetry?: { readonly metadata?: string } | undefined };
}

/** Where an attempt belongs. */
export interface Lineage {
  readonly parent: Context;
  readonly links: JobOptions['links'];
  readonly notes: Notes | undefined;
}

/** Decides which trace what belongs to. */
export class Traces {
  readonly metadata: Metadata;
  private readonly mode: TraceMode;
  private readonly linkAbove: number;
  /** How many jobs a span has sent so far. */
  private readonly sent = new WeakMap<object, number>();

  /** Throws `ERR_OPTION`. `empty`: the context in which nothing is active. */
  constructor(telemetry: Telemetry, empty: Context, options: BullmqTelemetryOptions = {}) {
    checkKeys('bullmqTelemetry', options, ['traces', 'linkAbove', 'metrics']);
    const { traces = 'auto', linkAbove = DEFAULT_LINK_ABOVE, metrics = false } = options;
    if (!MODES.includes(traces)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `bullmqTelemetry: traces is "${String(traces)}"; give ${MODES.join(', ')}.`,
      );
    }
    if (typeof linkAbove !== 'number' || !(linkAbove >= 0)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `bullmqTelemetry: linkAbove is ${String(linkAbove)}; give a number of jobs, 0 or more.`,
      );
    }
    if (typeof metrics !== 'boolean') {
      throw new TelemetryError(
        'ERR_OPTION',
        `bullmqTelemetry: metrics is of type ${typeof metrics}; give true or false.`,
      );
    }
    this.metadata = new Metadata(telemetry, empty);
    this.mode = traces;
    this.linkAbove = linkAbove;
  }

  /** What the jobs of a scheduler carry, of which there is no end. */
  get schedulerNotes(): Notes | undefined {
    return this.mode === 'parent' ? undefined : LINK;
  }

  /** What `count` jobs carry that are sent together from within `context`. */
  notesFor(context: Context, count: number): Notes | undefined {
    if (this.mode === 'parent') return undefined;
    if (this.mode === 'link') return LINK;
    const hops = matterOf(context)?.hops ?? 0;
    // Each call counts, so this comes first.
    if (this.countSent(context, count) > this.linkAbove || hops >= MAX_HOPS) return LINK;
    return hops === 0 ? undefined : { hops };
  }

  /** `starts`: how often the job has been started, this time included. */
  lineageOf(job: TracedJob, starts: number): Lineage {
    const { context, notes } = this.metadata.read(job.opts.telemetry?.metadata);
    if (!this.isLinked(job, starts, notes)) {
      const matter = notes?.hops === undefined || notes.hops === 0 ? FIRST_HOP : { hops: notes.hops + 1 };
      return { parent: new JobContext(context, context.getValue(SPAN_KEY), matter), links: undefined, notes };
    }
    const origin = validSpanIn(context);
    const links = origin === undefined ? undefined : [{ context: origin }];
    return { parent: new JobContext(context, undefined, NEW_MATTER), links, notes };
  }

  private isLinked(job: TracedJob, starts: number, notes: Notes | undefined): boolean {
    if (this.mode !== 'auto') return this.mode === 'link';
    return notes?.link === true || starts > 1 || (job.repeatJobKey !== undefined && job.repeatJobKey !== '');
  }

  private countSent(context: Context, count: number): number {
    const span = context.getValue(SPAN_KEY);
    if (typeof span !== 'object' || span === null) return count;
    const sent = (this.sent.get(span) ?? 0) + count;
    this.sent.set(span, sent);
    return sent;
  }
}

/** For jobs whose attempts are to be traces of their own, whatever the worker knows of them. */
const LINK: Notes = Object.freeze({ link: true });
const FIRST_HOP: Matter = Object.freeze({ hops: 1 });
