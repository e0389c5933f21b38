import { createHash, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GatheringHost, type Metric, messageOf, type Point } from '@telltale/core';
import { hasFallen, isSummable } from './merge-points.ts';
import { Contributor, type MergedMetrics, type MergedSeries } from './merged-metrics.ts';
import { encodeMetric } from './metric-codec.ts';
import { decodeAttributes, decodePoint, encodeAttributes, encodePoint, list, number, text } from './point-codec.ts';
import { definitionStream, pointStream } from './point-stream.ts';
import { StateFile } from './state-file.ts';
import type { Message } from './wire.ts';

/** Seconds after which what was written is of a group that has ended: a living gatherer writes more often. */
const MAX_AGE = 300;
const REFRESH_EVERY = 60;
const PREFIX = 'taken-';

interface Loaded {
  /** Whose totals are known, and who may come back: the gatherer before and its members. */
  readonly contributors: readonly Contributor[];
  /** Who was connected, with its process. */
  readonly members: readonly (readonly [id: string, pid: number])[];
}

/** What the next gatherer must know: the totals of those who are gone and of those who may be gone by then, and what exporters have taken of them. */
export class GroupState {
  private readonly metrics: MergedMetrics;
  private readonly host: GatheringHost;
  private readonly folder: string;
  private readonly file: StateFile;
  /** The same as long as totals go on; a group that begins anew has another. */
  private epoch: string = randomUUID();
  private readonly taken = new Map<string, { readonly metrics: readonly Metric[]; readonly file: StateFile }>();
  private version = 1;
  private written = 0;
  private writtenAt = Number.NEGATIVE_INFINITY;
  private pending: Promise<unknown> = Promise.resolve();

  constructor(metrics: MergedMetrics, host: GatheringHost, folder: string) {
    this.metrics = metrics;
    this.host = host;
    this.folder = folder;
    this.file = new StateFile(folder, 'state');
  }

  /** Milliseconds that writing it took last. */
  get cost(): number {
    return this.file.cost;
  }

  /** What is written is not up to date any more. */
  changed(): void {
    this.version++;
  }

  /** Writes it, unless nothing has changed. Never rejects. */
  async write(apart: readonly Contributor[], members: readonly Contributor[]): Promise<void> {
    const { clock } = this.host;
    if (this.written === this.version && clock.monotonic() - this.writtenAt < REFRESH_EVERY) return;
    const { version } = this;
    try {
      const writing = this.file.write(() => this.messages(apart, members));
      this.pending = writing.catch(() => {});
      await writing;
      this.written = Math.max(this.written, version);
      this.writtenAt = clock.monotonic();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Adds what the gatherer before had written. Rejects for what cannot be read. */
  async load(): Promise<Loaded> {
    const none = { contributors: [], members: [] };
    const [head, ...rest] = await this.file.read();
    if (head === undefined) return none;
    const [kind, epoch, time, members] = head;
    if (kind !== 'state') throw new Error('it begins with something else');
    if (this.host.clock.now() - number(time) > MAX_AGE) return none;
    this.epoch = text(epoch);
    const contributors: Contributor[] = [];
    const all = new Contributor('', 0, 0, true);
    let current = all;
    for (const message of rest) {
      if (message[0] === 'of') {
        current = new Contributor(text(message[1]), number(message[2]), number(message[3]), true, all.series);
        contributors.push(current);
      } else {
        this.metrics.apply(current, message);
      }
    }
    // The first are those who are gone.
    const [gone, ...others] = contributors;
    if (gone !== undefined) this.metrics.retain(gone);
    const known = list(members).map((member) => [text(list(member)[0]), number(list(member)[1])] as const);
    return { contributors: others, members: known };
  }

  async acknowledged(exporter: string): Promise<readonly Metric[]> {
    try {
      const [head, ...rest] = await this.takenFile(exporter).read();
      if (head === undefined || head[1] !== this.epoch) return [];
      return rest.flatMap(([, encoded, points]) => this.takenMetric(encoded, list(points)));
    } catch (error) {
      this.host.problem(
        `taken ${exporter}`,
        () =>
          `What the exporter "${exporter}" had taken could not be read, so it is handed all totals anew: ${messageOf(error)}`,
      );
      return [];
    }
  }

  /** Remembers it, and writes it if someone could need it. Never rejects. */
  async keepAcknowledged(exporter: string, metrics: readonly Metric[], write: boolean): Promise<void> {
    this.taken.set(exporter, { metrics, file: this.taken.get(exporter)?.file ?? this.takenFile(exporter) });
    if (write) await this.writeTaken(exporter);
  }

  /** For who has come: it could need what was only remembered. */
  async writeAcknowledged(): Promise<void> {
    for (const exporter of this.taken.keys()) await this.writeTaken(exporter);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.pending;
  }

  async remove(): Promise<void> {
    await this.settled();
    try {
      const names = readdirSync(this.folder).filter((name) => name.startsWith(PREFIX));
      await Promise.all(names.map((name) => rm(join(this.folder, name), { force: true })));
      await this.file.remove();
    } catch {
      // There is no folder, so there is nothing in it.
    }
  }

  private *messages(apart: readonly Contributor[], members: readonly Contributor[]): Generator<Message> {
    yield ['state', this.epoch, this.host.clock.now(), members.map(({ id, pid }) => [id, pid])];
    // What comes while this is written is not in it.
    const last = this.metrics.nextId;
    yield* definitionStream(this.metrics, ({ id, metric }) => id < last && isSummable(metric.type));
    yield ['of', '', 0, 0];
    yield* this.points((series) => series.retained);
    for (const contributor of apart) {
      yield ['of', contributor.id, contributor.pid, contributor.threadId];
      const { former } = contributor;
      yield* this.points((series) => series.parts.get(contributor) ?? (former && series.parts.get(former)));
    }
  }

  private points(pointOf: (series: MergedSeries) => Point | undefined): Generator<Message> {
    return pointStream(this.metrics, (series) => (isSummable(series.metric.type) ? pointOf(series) : undefined));
  }

  private async writeTaken(exporter: string): Promise<void> {
    const taken = this.taken.get(exporter);
    if (taken === undefined) return;
    try {
      const { epoch } = this;
      const writing = taken.file.write(function* (): Generator<Message> {
        yield ['taken', epoch];
        for (const metric of taken.metrics) {
          const points = metric.points.map((point, i) => [
            encodeAttributes(point.attributes),
            encodePoint(metric.type, i, point),
          ]);
          yield ['metric', encodeMetric(0, metric), points];
        }
      });
      this.pending = Promise.all([this.pending, writing.catch(() => {})]);
      await writing;
    } catch (error) {
      this.failed(error);
    }
  }

  private takenMetric(encoded: unknown, items: readonly unknown[]): readonly Metric[] {
    const metric = this.metrics.metricOf(encoded);
    if (metric === undefined) return [];
    const now = this.host.clock.now();
    const points = items.flatMap((item) => {
      const [attributes, point] = list(item);
      const series = this.metrics.seriesOf(metric, decodeAttributes(attributes));
      if (series === undefined) return [];
      const taken = decodePoint(metric.type, metric.boundaries, series.attributes, list(point));
      // Less is known now than was exported then, because someone died with the gatherer: differences go on from what is known.
      const known = this.metrics.merged(series, now);
      return [known !== undefined && hasFallen(known, taken) ? known : taken];
    });
    const { series: _series, number: _number, rule: _rule, ...head } = metric;
    return [{ ...head, temporality: 'cumulative', points } as unknown as Metric];
  }

  private takenFile(exporter: string): StateFile {
    const name = createHash('sha256').update(exporter).digest('base64url').slice(0, 16);
    return new StateFile(this.folder, PREFIX + name);
  }

  private failed(error: unknown): void {
    this.host.problem(
      'state',
      () =>
        `What this group has counted could not be written to ${this.folder}, so counts fall when this process dies: ${messageOf(error)}`,
    );
  }
}
