import type { MetricsSource } from '@telltale/core';
import { type DocumentInput, writeDocument } from './document.ts';
import { Families, type FamilyOptions } from './families.ts';
import { type MergeableRegistry, MergedRegistry, type ReportProblem } from './merged-registry.ts';
import { Output } from './output.ts';
import { Pace } from './pace.ts';
import type { Format } from './samples.ts';

/** What one slice of rendering gave. Slices are made when they are asked for, so a slow or vanished reader costs nothing. */
export interface Slice {
  readonly buffers: readonly Buffer[];
  /** The next slice, the same one to all who ask; absent on the last. */
  readonly next?: () => Promise<Slice>;
}

/** Milliseconds for which a scrape that has begun also serves others that come. */
const SHARE_MS = 100;

export interface ScraperOptions extends FamilyOptions {
  readonly created: boolean;
  readonly merge: readonly MergeableRegistry[];
}

interface Running {
  readonly first: Promise<Slice>;
  readonly since: number;
}

/** Renders scrapes of one source, slice by slice. */
export class Scraper {
  private readonly families: Families;
  private readonly registries: readonly MergedRegistry[];
  private readonly running = new Map<Format, Running>();
  private readonly source: MetricsSource;
  private readonly options: ScraperOptions;
  private readonly pace: Pace;

  constructor(source: MetricsSource, options: ScraperOptions, pace: Pace = new Pace()) {
    this.source = source;
    this.options = options;
    this.pace = pace;
    this.families = new Families(options);
    this.registries = options.merge.map((registry, index) => new MergedRegistry(registry, index));
  }

  /** The first slice of a scrape: one that was begun by another reader a moment ago and is not finished, or a new one. */
  scrape(format: Format): Promise<Slice> {
    const running = this.running.get(format);
    const now = performance.now();
    if (running !== undefined && now - running.since < SHARE_MS) return running.first;
    const first = this.begin(format);
    this.running.set(format, { first, since: now });
    return first;
  }

  private async begin(format: Format): Promise<Slice> {
    const report: ReportProblem = (subject, message) => this.source.problem(subject, message);
    const [readers, ...merged] = await Promise.all([
      this.source.open(),
      ...this.registries.map((registry) => registry.read(report)),
    ]);
    const input: DocumentInput = {
      source: this.source,
      readers,
      merged: merged.flat(),
      format,
      created: this.options.created,
    };
    const output = new Output();
    const writing = writeDocument(input, this.families, output, this.pace);
    return this.slice(writing, output, format);
  }

  private async slice(writing: Generator<void>, output: Output, format: Format): Promise<Slice> {
    await this.pace.slice();
    let done: boolean | undefined = true;
    try {
      ({ done } = writing.next());
    } finally {
      // Holding the first slice holds all that follow: they are let go when nobody may join any more.
      const running = this.running.get(format);
      if (running && (done || performance.now() - running.since >= SHARE_MS)) this.running.delete(format);
    }
    const buffers = output.take();
    if (done) return { buffers };
    let next: Promise<Slice> | undefined;
    return {
      buffers,
      next: () => {
        next ??= this.slice(writing, output, format);
        return next;
      },
    };
  }
}
