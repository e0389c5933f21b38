import type { MetricsSource } from '@telltale/core';
import { type DocumentInput, writeDocument } from './document.ts';
import type { Escaping } from './escaping.ts';
import { Families, type FamilyOptions } from './families.ts';
import type { Format } from './format.ts';
import { type MergeableRegistry, MergedRegistry, type ReportProblem } from './merged-registry.ts';
import type { Translation } from './names.ts';
import { Naming } from './naming.ts';
import { Output } from './output.ts';
import { Pace } from './pace.ts';
import { writeProtobuf } from './protobuf-document.ts';
import { protobufWriting } from './protobuf-sink.ts';
import { textWriting } from './text-sink.ts';

/** What one slice of rendering gave. Slices are made when they are asked for, so a slow or vanished reader costs nothing. */
export interface Slice {
  readonly buffers: readonly Buffer[];
  /** The next slice, the same one to all who ask; absent on the last. */
  readonly next?: () => Promise<Slice>;
}

/** Milliseconds for which a scrape that has begun also serves others that come. */
const SHARE_MS = 100;

/** What a scraper asked for. */
export interface ScrapeForm {
  readonly format: Format;
  readonly escaping: Escaping;
}

export interface ScraperOptions extends FamilyOptions {
  readonly prefix: string;
  readonly translation: Translation;
  readonly created: boolean;
  readonly merge: readonly MergeableRegistry[];
}

interface Running {
  readonly first: Promise<Slice>;
  readonly since: number;
}

/** Renders scrapes of one source, slice by slice. */
export class Scraper {
  /** Texts of labels are kept for each way of writing them that was asked for: text and protobuf, quoted names and plain ones. */
  private readonly families = new Map<string, Families>();
  private readonly registries: readonly MergedRegistry[];
  private readonly running = new Map<string, Running>();
  private readonly source: MetricsSource;
  private readonly options: ScraperOptions;
  private readonly pace: Pace;

  constructor(source: MetricsSource, options: ScraperOptions, pace: Pace = new Pace()) {
    this.source = source;
    this.options = options;
    this.pace = pace;
    this.registries = options.merge.map((registry, index) => new MergedRegistry(registry, index));
  }

  /** The first slice of a scrape: one that was begun by another reader a moment ago and is not finished, or a new one. */
  scrape(form: ScrapeForm): Promise<Slice> {
    const key = `${form.format} ${Naming.key(this.options.translation, form.escaping)}`;
    const running = this.running.get(key);
    const now = performance.now();
    if (running !== undefined && now - running.since < SHARE_MS) return running.first;
    const first = this.begin(form, key);
    this.running.set(key, { first, since: now });
    return first;
  }

  private async begin({ format, escaping }: ScrapeForm, key: string): Promise<Slice> {
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
      naming: new Naming(this.options.prefix, this.options.translation, escaping),
      created: this.options.created,
    };
    const output = new Output();
    const families = this.familiesFor(input, escaping);
    const write = format === 'protobuf' ? writeProtobuf : writeDocument;
    return this.slice(write(input, families, output, this.pace), output, key);
  }

  private familiesFor({ format, naming }: DocumentInput, escaping: Escaping): Families {
    const isText = format !== 'protobuf';
    const key = `${isText ? 'text' : format} ${Naming.key(this.options.translation, escaping)}`;
    let families = this.families.get(key);
    if (families === undefined) {
      families = new Families(this.options, naming, (name) =>
        isText ? textWriting(name, naming) : protobufWriting(naming),
      );
      this.families.set(key, families);
    }
    return families;
  }

  private async slice(writing: Generator<void>, output: Output, key: string): Promise<Slice> {
    await this.pace.slice();
    let done: boolean | undefined = true;
    try {
      ({ done } = writing.next());
    } finally {
      // Holding the first slice holds all that follow: they are let go when nobody may join any more.
      const running = this.running.get(key);
      if (running && (done || performance.now() - running.since >= SHARE_MS)) this.running.delete(key);
    }
    const buffers = output.take();
    if (done) return { buffers };
    let next: Promise<Slice> | undefined;
    return {
      buffers,
      next: () => {
        next ??= this.slice(writing, output, key);
        return next;
      },
    };
  }
}
