import type { Server } from 'node:net';
import { threadId } from 'node:worker_threads';
import {
  type FinishedSpan,
  type GatheringHost,
  type Metric,
  type MetricReader,
  messageOf,
  type OperationEvent,
  Pace,
  type Point,
} from '@telltale/core';
import { Changes } from './changes.ts';
import { FreshRun } from './fresh-run.ts';
import { GroupState } from './group-state.ts';
import type { MeetingPlace } from './meeting-place.ts';
import { type LinkHome, MemberLink } from './member-link.ts';
import { Contributor, type MergedMetric, MergedMetrics, type MergedSeries } from './merged-metrics.ts';
import type { CheckedGatherOptions } from './options.ts';
import { pointStream } from './point-stream.ts';
import type { Message } from './wire.ts';

/** Seconds that members have to say what changed; of those who do not, the last known values are shown. */
const ANSWER_WITHIN = 0.5;
/** Seconds in which the members of the gatherer before this one come, or else are taken to have ended with it. */
const ARRIVE_WITHIN = 1;
/**
 * Those who lost their connection, and whose process is still there: it may be busy and come back, or have been a thread. What they counted
 * is kept apart until there are more of them.
 */
const MAX_LOST = 32;
/** Seconds between two looks at whether this is still the gatherer that others find. */
const CHECK_EVERY = 5;
/** Collecting, and writing, take at most this part of the time: past it, they are done less often. */
const SHARE = 0.01;
/** Seconds between two writings of what this process itself counted, if nobody asks. */
const WRITE_EVERY = 1;
/** Seconds in which members say that they end as well. */
const END_GRACE = 0.3;
const STEP = 0.02;

export interface GathererOptions {
  readonly host: GatheringHost;
  readonly id: string;
  readonly checked: CheckedGatherOptions;
  readonly place: MeetingPlace;
  /** Without one, this process is by itself. */
  readonly server: Server | undefined;
  readonly generation: number;
  /** Processes of the group may come after this one, though none is there now. */
  readonly shared: boolean;
  /** Called once, when others have another gatherer. */
  readonly superseded: () => void;
}

/** Merges the metrics of all members with those of this process, and keeps what those have counted that are gone. */
export class Gatherer implements LinkHome {
  private readonly options: GathererOptions;
  private readonly metrics: MergedMetrics;
  private readonly state: GroupState;
  private readonly own: Contributor;
  private readonly changes = new Changes();
  private readonly links = new Set<MemberLink>();
  /** Who lost its connection and may come back, the longest ago first. */
  private readonly lost = new Set<Contributor>();
  /** Members of the gatherer before, by id, with their process. */
  private readonly expected = new Map<string, number>();
  private readonly ready: Promise<void>;
  private collecting: Promise<void> = Promise.resolve();
  private readonly refreshing = new FreshRun(() => this.refreshNow());
  private cost = 0;
  private lastWrite = 0;
  private lastCheck: number;
  private cancel: () => void = () => {};
  private over = false;
  isClosing = false;

  constructor(options: GathererOptions) {
    const { host, id, checked, server, place } = options;
    this.options = options;
    this.own = new Contributor(id, process.pid, threadId);
    this.lastCheck = host.clock.monotonic();
    this.metrics = new MergedMetrics({
      ...checked,
      resource: host.resource,
      clock: host.clock,
      maxSeries: host.maxSeries,
      expireAfter: host.expireAfter,
      problem: host.problem,
    });
    this.state = new GroupState(this.metrics, host, place.folder);
    server?.on('connection', (socket) => this.links.add(new MemberLink(socket, this)));
    this.ready = this.begin();
    this.schedule();
  }

  get memberCount(): number {
    return this.links.size;
  }

  get seriesCount(): number {
    return this.metrics.size;
  }

  /** The metrics of all, as they are now; kept for the gatherer after this one before they are shown. */
  async open(): Promise<readonly MetricReader[]> {
    const shown = await this.show();
    return this.metrics.readers((metric) => shown.get(metric)?.values());
  }

  /** The metrics of all as far as they are known, with those of this process as they are now. */
  readers(): readonly MetricReader[] {
    const { host } = this.options;
    for (const message of this.changes.since(host.readers(), host.clock.now(), new Pace())) {
      if (message !== undefined) this.metrics.apply(this.own, message);
    }
    return this.metrics.readers();
  }

  /** All members say what changed, and so does this process. */
  async refresh(): Promise<void> {
    await this.ready;
    await this.refreshing.run();
  }

  /** Waits for members that end as well, then takes nothing more. */
  async finish(seconds: number): Promise<void> {
    const { clock } = this.options.host;
    const start = clock.monotonic();
    for (const link of this.links) link.connection.send(['ending']);
    for (;;) {
      const waited = clock.monotonic() - start;
      const awaited = [...this.links].some(({ isEnding }) => isEnding || waited < END_GRACE);
      if (!awaited || waited >= seconds) break;
      await new Promise<void>((resolve) => clock.schedule(resolve, STEP));
    }
    this.isClosing = true;
  }

  /** Keeps everything, and lets another one take over; the last one takes everything away. */
  async leave(): Promise<void> {
    const { place, server, generation, shared } = this.options;
    this.isClosing = true;
    await this.collect(true);
    this.stop();
    if (this.links.size > 0) {
      await this.write();
      await this.state.settled();
    } else {
      await this.state.remove();
    }
    if (server === undefined) return;
    try {
      if (this.links.size === 0 && !shared) place.remove();
      else place.close(generation);
    } catch {
      // The folder is gone, and with it what was to be left behind.
    }
    server.close();
    for (const link of this.links) link.connection.close();
  }

  /** What an exporter of differences had taken under the gatherer before. */
  async acknowledged(exporter: string): Promise<readonly Metric[]> {
    await this.ready;
    return this.state.acknowledged(exporter);
  }

  async keepAcknowledged(exporter: string, metrics: readonly Metric[]): Promise<void> {
    await this.state.keepAcknowledged(exporter, metrics, this.hasHeirs);
  }

  arrived(link: MemberLink, id: string, pid: number, thread: number): Contributor {
    const contributor = new Contributor(id, pid, thread);
    for (const other of this.links) {
      if (other === link || other.contributor?.id !== id) continue;
      // It is back before its old connection was seen to end.
      other.connection.close();
    }
    contributor.former = [...this.lost].find((lost) => lost.id === id);
    if (contributor.former !== undefined) this.lost.delete(contributor.former);
    this.state.changed();
    this.tellMembers();
    void this.keep();
    void this.state.writeAcknowledged();
    return contributor;
  }

  changed(from: Contributor, message: Message): void {
    this.metrics.apply(from, message);
    this.state.changed();
  }

  completed(from: Contributor): void {
    this.metrics.complete(from);
    this.expected.delete(from.id);
  }

  tookSpans(spans: readonly FinishedSpan[]): boolean {
    if (this.isClosing) return false;
    for (const span of spans) this.options.host.offerSpan(span);
    return true;
  }

  tookEvents(events: readonly OperationEvent[]): boolean {
    if (this.isClosing) return false;
    for (const event of events) this.options.host.offerEvent(event);
    return true;
  }

  wasAsked(link: MemberLink, question: number): void {
    this.answer(link, question).catch((error: unknown) => {
      this.options.host.problem('answer', () => `The metrics of the group could not be told: ${messageOf(error)}`);
      link.connection.close();
    });
  }

  async left(link: MemberLink): Promise<boolean> {
    if (this.isClosing || link.contributor === undefined) return false;
    link.hasLeft = true;
    this.metrics.complete(link.contributor);
    this.metrics.lose(link.contributor);
    this.metrics.retain(link.contributor);
    this.state.changed();
    await this.keep();
    return true;
  }

  closed(link: MemberLink, reason: string | undefined): void {
    const { host } = this.options;
    this.links.delete(link);
    this.tellMembers();
    if (reason !== undefined) {
      host.problem(
        'member',
        () =>
          `A process sent something to the socket in ${this.options.place.folder} that no process of this group sends (${reason}), and was dropped. Give other programs another place.`,
      );
    }
    const { contributor } = link;
    if (contributor === undefined || link.hasLeft || this.over) return;
    this.metrics.lose(contributor);
    this.lost.add(contributor);
    this.giveUp();
    this.state.changed();
    void this.keep();
  }

  private tellMembers(): void {
    for (const { connection } of this.links) connection.send(['members', this.links.size]);
  }

  private get hasHeirs(): boolean {
    return this.options.server !== undefined && (this.options.shared || this.links.size > 0 || this.lost.size > 0);
  }

  private async begin(): Promise<void> {
    const { host, id, server } = this.options;
    if (server === undefined) return;
    try {
      const { contributors, members } = await this.state.load();
      const here = new Set([...this.links].map(({ contributor }) => contributor?.id));
      for (const one of contributors) {
        if (one.id === id || here.has(one.id)) this.metrics.drop(one);
        else this.lost.add(one);
      }
      for (const [member, pid] of members) if (member !== id && !here.has(member)) this.expected.set(member, pid);
    } catch (error) {
      host.problem(
        'state',
        () => `What this group had counted could not be read, so it begins anew: ${messageOf(error)}`,
      );
    }
    const deadline = host.clock.monotonic() + ARRIVE_WITHIN;
    while (this.expected.size > 0 && host.clock.monotonic() < deadline) {
      for (const [member, pid] of this.expected) if (!isAlive(pid)) this.expected.delete(member);
      if (this.expected.size > 0) await new Promise<void>((resolve) => host.clock.schedule(resolve, STEP));
    }
  }

  private async refreshNow(): Promise<void> {
    const { clock } = this.options.host;
    let cancel = (): void => {};
    const limit = new Promise<void>((resolve) => {
      cancel = clock.schedule(resolve, ANSWER_WITHIN);
    });
    const all = Promise.all([...[...this.links].map((link) => link.ask()), this.collect(true)]);
    await Promise.race([all, limit]);
    cancel();
    // Callbacks that take longer are left behind; what was recorded is not.
    for (const message of this.changes.since(this.options.host.readers(), clock.now(), new Pace())) {
      if (message !== undefined) this.takeOwn(message);
    }
  }

  /** Reads what this process recorded. */
  private collect(callbacks: boolean): Promise<void> {
    this.collecting = this.collecting
      .then(() => this.collectNow(callbacks))
      .catch((error: unknown) => {
        this.options.host.problem('collecting', () => `Metrics could not be collected: ${messageOf(error)}`);
      });
    return this.collecting;
  }

  private async collectNow(callbacks: boolean): Promise<void> {
    const { host } = this.options;
    const readers = callbacks ? await host.open() : host.readers();
    const pace = new Pace();
    for (const message of this.changes.since(readers, host.clock.now(), pace)) {
      if (message === undefined) await pace.rest();
      else this.takeOwn(message);
    }
    this.cost = pace.worked / 1000;
  }

  private takeOwn(message: Message): void {
    this.metrics.apply(this.own, message);
    this.state.changed();
  }

  /** Writes down what would be lost with this process, if anybody is there to go on from it. */
  private async keep(): Promise<void> {
    if (this.hasHeirs && !this.over) await this.write();
  }

  private async write(): Promise<void> {
    await this.ready;
    this.lastWrite = this.options.host.clock.monotonic();
    const members = [...this.links].flatMap(({ contributor, hasLeft }) =>
      contributor && !hasLeft ? [contributor] : [],
    );
    // The next one knows its members' totals from themselves, unless they die together with this process.
    await this.state.write([this.own, ...this.lost, ...members], members);
  }

  /** What may be shown: all of it is kept, for it must not be less with the next gatherer. What comes meanwhile is shown the next time. */
  private async show(): Promise<ReadonlyMap<MergedMetric, ReadonlyMap<MergedSeries, Point>>> {
    await this.refresh();
    const now = this.options.host.clock.now();
    const pace = new Pace();
    const shown = new Map<MergedMetric, Map<MergedSeries, Point>>();
    this.metrics.expire();
    for (const metric of this.metrics.sorted()) {
      const points = new Map<MergedSeries, Point>();
      for (const series of [...metric.series.values()]) {
        const point = this.metrics.merged(series, now);
        if (point !== undefined) points.set(series, point);
        if (pace.over()) await pace.rest();
      }
      if (points.size > 0) shown.set(metric, points);
    }
    await this.keep();
    return shown;
  }

  private async answer(link: MemberLink, question: number): Promise<void> {
    const shown = await this.show();
    // Another one gathers now, and may know less than this.
    if (this.over) return;
    const pace = new Pace();
    for (const message of pointStream(this.metrics, (series) => shown.get(series.metric)?.get(series), link.known)) {
      if (link.connection.isOver) return;
      link.connection.send(message);
      if (pace.over()) await pace.rest();
      if (link.connection.isBehind) await link.connection.drained();
    }
    link.connection.send(['end', question]);
  }

  private schedule(): void {
    const { host, checked } = this.options;
    this.cancel();
    this.cancel = host.clock.schedule(() => void this.tick(), Math.max(checked.every, this.cost / SHARE));
  }

  private async tick(): Promise<void> {
    const { host, place, generation, server, superseded } = this.options;
    const now = host.clock.monotonic();
    if (this.links.size > 0) await this.collect(false);
    this.giveUp();
    const { cost } = this.state;
    if (now - this.lastWrite >= Math.max(WRITE_EVERY, cost / 1000 / SHARE)) await this.keep();
    if (this.over) return;
    if (server !== undefined && now - this.lastCheck >= CHECK_EVERY) {
      this.lastCheck = now;
      if (!place.isCurrent(generation)) {
        this.stop();
        server.close();
        for (const link of this.links) link.connection.close();
        superseded();
        return;
      }
    }
    this.schedule();
  }

  /** Those who are not coming back. */
  private giveUp(): void {
    for (const contributor of this.lost) {
      if (this.lost.size <= MAX_LOST && isAlive(contributor.pid)) continue;
      this.lost.delete(contributor);
      this.metrics.retain(contributor);
      this.state.changed();
    }
  }

  private stop(): void {
    this.over = true;
    this.cancel();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to is alive.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
