import { randomUUID } from 'node:crypto';
import {
  type FinishedSpan,
  type Gathering,
  type GatheringHealth,
  type GatheringHost,
  type GatheringMember,
  type GatheringRole,
  type Metric,
  type MetricReader,
  messageOf,
  type OperationEvent,
  TelemetryError,
} from '@telltale/core';
import { Gatherer } from './gatherer.ts';
import { type Group, groupOf } from './group.ts';
import { MeetingPlace } from './meeting-place.ts';
import { Member } from './member.ts';
import { type CheckedGatherOptions, checkOptions, type GatherOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { PROTOCOL } from './wire.ts';

/** Seconds that a scrape waits for a gatherer, and for its answer. */
const READ_WITHIN = 2;
/** Seconds that a flush waits for the gatherer. */
const FLUSH_WITHIN = 5;
/** A gatherer that is lost again and again is looked for with pauses. */
const PAUSE = 0.05;

/**
 * Makes the processes and threads of a service one telemetry, for `createTelemetry({ gather: gather() })` in each of them: one of them
 * exports for all, and another one when it goes. Throws a `TelemetryError` for options that cannot be.
 */
export function gather(options: GatherOptions = {}): Gathering {
  const checked = checkOptions(options);
  let joined = false;
  return {
    join(host) {
      if (joined) {
        throw new TelemetryError('ERR_OPTION', 'A gather() serves one telemetry: make another for the second one.');
      }
      joined = true;
      return new GroupMember(host, checked);
    },
  };
}

/** A telemetry in its group: looks for the gatherer, becomes it where there is none, and looks again when it has gone. */
class GroupMember implements GatheringMember {
  private readonly host: GatheringHost;
  private readonly checked: CheckedGatherOptions;
  private readonly group: Group;
  private readonly place: MeetingPlace;
  private readonly id: string = randomUUID();
  private readonly spans: Outbox<FinishedSpan>;
  private readonly events: Outbox<OperationEvent>;
  private member: Member | undefined;
  private gatherer: Gatherer | undefined;
  private joining: Promise<void>;
  private ending = false;
  private over = false;

  constructor(host: GatheringHost, checked: CheckedGatherOptions) {
    this.host = host;
    this.checked = checked;
    this.group = groupOf(checked.group, String(host.resource.attributes['service.name']), PROTOCOL);
    this.place = new MeetingPlace(this.group.id);
    this.spans = new Outbox('spans', host.problem);
    this.events = new Outbox('events', host.problem);
    this.joining = this.join();
  }

  get role(): GatheringRole {
    if (this.gatherer !== undefined) return 'gatherer';
    return this.member === undefined && !this.over ? 'joining' : 'member';
  }

  async open(): Promise<readonly MetricReader[]> {
    const deadline = this.host.clock.monotonic() + READ_WITHIN;
    let why = 'no process that gathers can be reached';
    while (!this.over && this.host.clock.monotonic() < deadline) {
      await this.before(deadline, this.joining);
      if (this.gatherer !== undefined) return this.gatherer.open();
      if (this.member === undefined) continue;
      try {
        const readers = await this.before(deadline, this.member.read());
        if (readers !== undefined) return readers;
        why = 'the process that gathers does not answer';
      } catch (error) {
        why = messageOf(error);
      }
    }
    throw new Error(`The metrics of the group cannot be had: ${why}. A part of them would pass for the whole`);
  }

  readers(): readonly MetricReader[] {
    return this.gatherer?.readers() ?? this.host.readers();
  }

  offerSpan(span: FinishedSpan): void {
    this.spans.offer(span);
  }

  offerEvent(event: OperationEvent): void {
    this.events.offer(event);
  }

  async flush(): Promise<void> {
    await this.try(this.host.clock.monotonic() + FLUSH_WITHIN, (member) => member.flush());
    await this.gatherer?.refresh();
  }

  announceEnd(): void {
    this.ending = true;
    this.member?.announceEnd();
  }

  async handOver(seconds: number): Promise<void> {
    const { clock } = this.host;
    const deadline = clock.monotonic() + seconds;
    this.announceEnd();
    const done = await this.try(deadline, (member) => member.leave());
    if (this.gatherer !== undefined) await this.gatherer.finish(Math.max(0, deadline - clock.monotonic()));
    else if (!done) {
      this.host.problem('end', () => 'Not all that was recorded could be handed over before the end.');
    }
  }

  async leave(): Promise<void> {
    this.over = true;
    this.member?.close();
    await this.gatherer?.leave();
    this.group.release();
  }

  health(): GatheringHealth {
    const { gatherer, group } = this;
    return {
      role: this.role,
      group: group.id,
      members: gatherer?.memberCount ?? 0,
      series: gatherer?.seriesCount ?? 0,
    };
  }

  acknowledged(exporter: string): Promise<readonly Metric[]> {
    return this.gatherer?.acknowledged(exporter) ?? Promise.resolve([]);
  }

  async keepAcknowledged(exporter: string, metrics: readonly Metric[]): Promise<void> {
    await this.gatherer?.keepAcknowledged(exporter, metrics);
  }

  /** Does something as a member, again when its gatherer goes. `false`: it did not come to an end. */
  private async try(deadline: number, work: (member: Member) => Promise<void>): Promise<boolean> {
    while (this.gatherer === undefined && !this.over && this.host.clock.monotonic() < deadline) {
      await this.before(deadline, this.joining);
      if (this.member === undefined) continue;
      try {
        const done = await this.before(
          deadline,
          work(this.member).then(() => true),
        );
        if (done) return true;
      } catch {
        // It has gone: another one comes, or this one becomes it.
      }
    }
    return this.gatherer !== undefined;
  }

  private async join(): Promise<void> {
    const { host, checked, id, place, group } = this;
    const shared = { host, id, checked, place, shared: group.shared, superseded: () => this.superseded() };
    try {
      const meeting = await place.meet();
      if (this.over) {
        meeting.socket?.destroy();
        meeting.server?.close();
      } else if (meeting.server === undefined) {
        this.member = new Member(meeting.socket, {
          host,
          id,
          every: checked.every,
          spans: this.spans,
          events: this.events,
          isEnding: () => this.ending,
          lost: (reason) => this.lost(reason),
        });
      } else {
        this.gatherer = new Gatherer({ ...shared, server: meeting.server, generation: meeting.generation });
        void place.sweep();
      }
    } catch (error) {
      host.problem(
        'group',
        () =>
          `The processes of this service cannot meet, so each exports by itself: ${messageOf(error)}. Let them write to ${place.folder}, or set TMPDIR.`,
      );
      this.gatherer = new Gatherer({ ...shared, server: undefined, generation: 0 });
    }
    if (this.gatherer !== undefined) this.lead();
  }

  private lead(): void {
    this.host.lead(true);
    for (const span of this.spans.drain()) this.host.offerSpan(span);
    for (const event of this.events.drain()) this.host.offerEvent(event);
  }

  private lost(reason: string | undefined): void {
    this.member = undefined;
    if (this.over) return;
    if (reason !== undefined) {
      this.host.problem('gatherer', () => `The process that gathers sent something that none sends: ${reason}`);
    }
    this.joining = this.rejoin(reason === undefined ? 0 : PAUSE);
  }

  private superseded(): void {
    this.gatherer = undefined;
    this.host.lead(false);
    this.joining = this.rejoin(PAUSE);
  }

  private async rejoin(pause: number): Promise<void> {
    if (pause > 0) await new Promise<void>((resolve) => this.host.clock.schedule(resolve, pause));
    await this.join();
  }

  /** What `promise` gives, or `undefined` when that does not come in time. */
  private async before<T>(deadline: number, promise: Promise<T>): Promise<T | undefined> {
    let cancel = (): void => {};
    const limit = new Promise<undefined>((resolve) => {
      cancel = this.host.clock.schedule(() => resolve(undefined), Math.max(0, deadline - this.host.clock.monotonic()));
    });
    try {
      return await Promise.race([promise, limit]);
    } finally {
      cancel();
    }
  }
}
