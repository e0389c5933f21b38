import type { Socket } from 'node:net';
import { threadId } from 'node:worker_threads';
import {
  type FinishedSpan,
  type GatheringHost,
  type MetricReader,
  messageOf,
  type OperationEvent,
  Pace,
} from '@telltale/core';
import { Changes } from './changes.ts';
import { MergedView } from './merged-view.ts';
import type { Outbox } from './outbox.ts';
import { number } from './point-codec.ts';
import { Connection, type Message } from './wire.ts';

/** Collecting takes at most this part of the time: past it, reports come less often. */
const SHARE = 0.01;
/** As many members may each take their share; more take it in turns, for the gatherer has to read all of them. */
const MEMBERS = 4;
/** Seconds between two runs of the callbacks of observable instruments, if nobody asks. */
const CALLBACKS_EVERY = 5;

export interface MemberOptions {
  readonly host: GatheringHost;
  readonly id: string;
  readonly every: number;
  readonly spans: Outbox<FinishedSpan>;
  readonly events: Outbox<OperationEvent>;
  /** Whether this process is about to end. */
  readonly isEnding: () => boolean;
  /** Called once, when the gatherer has gone. */
  readonly lost: (reason: string | undefined) => void;
}

interface Waiting {
  readonly resolve: (readers: readonly MetricReader[]) => void;
  readonly reject: (error: Error) => void;
}

/** One process's connection to the gatherer: tells it what is recorded here, and asks it for the metrics of all. */
export class Member {
  private readonly options: MemberOptions;
  private readonly connection: Connection;
  private readonly changes = new Changes();
  private readonly view: MergedView;
  /** Answers that are waited for, by the number of the question. */
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private telling: Promise<void> = Promise.resolve();
  private cost = 0;
  private members = 1;
  private callbacksRan: number;
  private readonly lastOf = { spans: 0, events: 0 };
  private cancel: () => void = () => {};

  constructor(socket: Socket, options: MemberOptions) {
    this.options = options;
    this.view = new MergedView(options.host.resource);
    this.callbacksRan = options.host.clock.monotonic();
    this.connection = new Connection(socket, {
      received: (message) => this.received(message),
      closed: (reason) => this.closed(reason),
    });
    this.connection.send(['hello', options.id, process.pid, threadId]);
    if (options.isEnding()) this.connection.send(['ending']);
    void this.tell(false).then(() => this.connection.send(['complete']));
    this.schedule();
  }

  /** The metrics of all. Rejects when the gatherer goes, or cannot tell them. */
  read(): Promise<readonly MetricReader[]> {
    return this.ask('read');
  }

  /** Hands over what was recorded so far. Resolves when the gatherer has it; rejects when it goes. */
  async flush(): Promise<void> {
    await this.tell(true);
    await this.sendRecords();
    await this.ask('sync');
  }

  /** Hands over everything, for good. */
  async leave(): Promise<void> {
    this.cancel();
    await this.tell(true);
    await this.sendRecords();
    await this.ask('leave');
  }

  announceEnd(): void {
    this.connection.send(['ending']);
  }

  close(): void {
    this.connection.close();
  }

  private ask(kind: string): Promise<readonly MetricReader[]> {
    if (this.connection.isOver) return Promise.reject(new Error('the process that gathers has gone'));
    const question = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(question, { resolve, reject });
      this.connection.send([kind, question]);
    });
  }

  private received(message: Message): void {
    const [kind, first] = message;
    switch (kind) {
      case 'metrics':
      case 'series':
      case 'points':
        this.view.apply(message);
        return;
      case 'ask':
        void this.answer(number(first));
        return;
      case 'end':
        this.settle(number(first))?.resolve(this.view.end());
        return;
      case 'ack':
        this.acknowledged(number(first));
        return;
      case 'ending':
        if (this.options.isEnding()) this.connection.send(['ending']);
        return;
      case 'members':
        this.members = number(first);
        return;
      default:
        throw new Error(`a message of the kind "${kind}"`);
    }
  }

  private async answer(question: number): Promise<void> {
    await this.tell(true);
    this.sendBatches();
    this.connection.send(['told', question]);
  }

  private settle(question: number): Waiting | undefined {
    const waiting = this.waiting.get(question);
    this.waiting.delete(question);
    return waiting;
  }

  private acknowledged(question: number): void {
    const { spans, events } = this.options;
    if (question === this.lastOf.spans) spans.taken();
    if (question === this.lastOf.events) events.taken();
    this.settle(question)?.resolve([]);
    this.sendBatches();
  }

  /** Tells what changed, one after the other. `callbacks`: those of observable instruments run first. */
  private tell(callbacks: boolean): Promise<void> {
    this.telling = this.telling
      .then(() => this.tellNow(callbacks))
      .catch((error: unknown) => {
        this.options.host.problem('telling', () => `Metrics could not be told to the gatherer: ${messageOf(error)}`);
      });
    return this.telling;
  }

  private async tellNow(callbacks: boolean): Promise<void> {
    const { host } = this.options;
    if (callbacks) this.callbacksRan = host.clock.monotonic();
    const readers = callbacks ? await host.open() : host.readers();
    const pace = new Pace();
    for (const message of this.changes.since(readers, host.clock.now(), pace)) {
      if (this.connection.isOver) return;
      if (message !== undefined) this.connection.send(message);
      if (message === undefined || pace.over()) await pace.rest();
      if (this.connection.isBehind) await this.connection.drained();
    }
    this.cost = pace.worked / 1000;
  }

  private schedule(): void {
    const { host, every } = this.options;
    this.cancel();
    this.cancel = host.clock.schedule(
      () => void this.tick(),
      Math.max(every, (this.cost / SHARE) * Math.max(1, this.members / MEMBERS)),
    );
  }

  private async tick(): Promise<void> {
    const { host } = this.options;
    if (!this.connection.isBehind) {
      await this.tell(host.clock.monotonic() - this.callbacksRan >= CALLBACKS_EVERY);
      this.sendBatches();
    }
    if (!this.connection.isOver) this.schedule();
  }

  private sendBatches(): void {
    if (this.connection.isOver) return;
    for (const outbox of [this.options.spans, this.options.events]) {
      const question = this.asked + 1;
      const batch = outbox.next(question);
      if (batch === undefined) continue;
      this.asked = question;
      this.lastOf[batch[0] as 'spans' | 'events'] = question;
      this.connection.send(batch);
    }
  }

  /** Until all that waits was taken. */
  private async sendRecords(): Promise<void> {
    const { spans, events } = this.options;
    while (!(spans.isEmpty && events.isEmpty)) {
      this.sendBatches();
      // Answers come in order: this one after those of the batches.
      await this.ask('sync');
    }
  }

  private closed(reason: string | undefined): void {
    const { spans, events, lost } = this.options;
    this.cancel();
    spans.lost();
    events.lost();
    for (const { reject } of this.waiting.values()) reject(new Error('the process that gathers has gone'));
    this.waiting.clear();
    lost(reason);
  }
}
