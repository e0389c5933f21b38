import type { Socket } from 'node:net';
import type { FinishedSpan, OperationEvent } from '@telltale/core';
import type { Contributor } from './merged-metrics.ts';
import { number, text } from './point-codec.ts';
import type { Known } from './point-stream.ts';
import { RecordDecoder } from './record-codec.ts';
import { Connection, type Message } from './wire.ts';

/** What the gatherer does for its members. */
export interface LinkHome {
  /** Gives who it is from here on. */
  arrived(link: MemberLink, id: string, pid: number, threadId: number): Contributor;
  changed(from: Contributor, message: Message): void;
  completed(from: Contributor): void;
  /** `false`: not any more; the next gatherer shall have it. */
  tookSpans(spans: readonly FinishedSpan[]): boolean;
  tookEvents(events: readonly OperationEvent[]): boolean;
  /** Sends the metrics of all. */
  wasAsked(link: MemberLink, question: number): void;
  /** It hands over all it has. Resolves when that is kept; `false`: not any more. */
  left(link: MemberLink): Promise<boolean>;
  closed(link: MemberLink, reason: string | undefined): void;
  readonly isClosing: boolean;
}

/** The gatherer's end of a connection with a member. */
export class MemberLink {
  readonly connection: Connection;
  readonly known: Known = { metrics: new Set(), series: 0 };
  contributor: Contributor | undefined;
  isEnding = false;
  hasLeft = false;
  private readonly home: LinkHome;
  private readonly decoder = new RecordDecoder();
  private readonly questions = new Map<number, () => void>();
  private asked = 0;

  constructor(socket: Socket, home: LinkHome) {
    this.home = home;
    this.connection = new Connection(socket, {
      received: (message) => this.received(message),
      closed: (reason) => this.closed(reason),
    });
  }

  /** Asks for what changed. Resolves when it has been told, or the member has gone. */
  ask(): Promise<void> {
    if (this.connection.isOver) return Promise.resolve();
    const question = ++this.asked;
    return new Promise((resolve) => {
      this.questions.set(question, resolve);
      this.connection.send(['ask', question]);
    });
  }

  private received(message: Message): void {
    const [kind, first, second] = message;
    if (kind === 'hello') {
      if (this.contributor !== undefined) throw new Error('a second hello');
      this.contributor = this.home.arrived(this, text(first), number(second), number(message[3]));
      return;
    }
    const from = this.contributor;
    if (from === undefined) throw new Error(`a message of the kind "${kind}" before its hello`);
    switch (kind) {
      case 'complete':
        this.home.completed(from);
        return;
      case 'told':
        this.questions.get(number(first))?.();
        this.questions.delete(number(first));
        return;
      case 'spans':
        if (this.home.tookSpans(this.decoder.spans(second))) this.connection.send(['ack', number(first)]);
        return;
      case 'events':
        if (this.home.tookEvents(this.decoder.events(second))) this.connection.send(['ack', number(first)]);
        return;
      case 'read':
        this.home.wasAsked(this, number(first));
        return;
      case 'sync':
        // Unanswered, the member waits for the next gatherer.
        if (!this.home.isClosing) this.connection.send(['ack', number(first)]);
        return;
      case 'leave':
        void this.leave(number(first));
        return;
      case 'ending':
        this.isEnding = true;
        return;
      default:
        this.home.changed(from, message);
    }
  }

  private async leave(question: number): Promise<void> {
    if (await this.home.left(this)) this.connection.send(['ack', question]);
  }

  private closed(reason: string | undefined): void {
    for (const resolve of this.questions.values()) resolve();
    this.questions.clear();
    this.home.closed(this, reason);
  }
}
