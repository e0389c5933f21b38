import { type ExportContext, ExportError, messageOf } from '@telltale/core';
import type { ParcelAnswer } from '@telltale/exporter-kit';
import type { HecVerdict } from './hec-answer.ts';
import type { HecRecord } from './hec-record.ts';

/** Where the collector begins to count events, by its code; it differs between codes, and is learnt. */
export type CountingBases = Map<number, 0 | 1>;

/** Events at fault in one batch that are told apart; when there are more, the rest of it is given up. */
const MAX_FAULTS = 64;

export interface Conversation {
  readonly records: readonly HecRecord[];
  readonly context: ExportContext;
  readonly bases: CountingBases;
  readonly whenUnknown: 'again' | 'give-up';
  post(records: readonly HecRecord[]): Promise<HecVerdict>;
}

/**
 * Sends a batch in as many requests as it takes: the collector stops at the first event that is at fault, so the next request begins behind it. Which
 * one it was can be told from the next answer, where it is not known yet whether the collector counts from 0 or 1. Throws when nothing was taken.
 */
export async function converse(conversation: Conversation): Promise<ParcelAnswer> {
  return new Talk(conversation).run();
}

class Talk {
  private readonly conversation: Conversation;
  /** The first record that is not settled. */
  private from = 0;
  /** At fault, if the collector counts the events of this code from 1; else taken. */
  private suspect: { readonly record: number; readonly code: number } | undefined;
  private readonly refused: number[] = [];
  /** Neither known to be taken nor not to be. */
  private readonly unsettled: number[] = [];
  private reason: string | undefined;

  constructor(conversation: Conversation) {
    this.conversation = conversation;
  }

  async run(): Promise<ParcelAnswer> {
    const { records, post } = this.conversation;
    while (this.from < records.length) {
      let verdict: HecVerdict;
      try {
        verdict = await post(records.slice(this.from));
      } catch (error) {
        if (this.from === 0) throw error;
        return this.endedBy(error);
      }
      if (verdict.kind === 'taken') {
        this.decide(1);
        return this.answer([]);
      }
      if (verdict.kind === 'stopped') return this.stoppedBy(verdict);
      this.reason = verdict.reason;
      this.faultAt(verdict);
      if (this.refused.length > MAX_FAULTS) {
        for (let i = this.from; i < records.length; i++) this.refused.push(i);
        return this.answer([]);
      }
    }
    return this.answer([]);
  }

  private faultAt({ number, code }: HecVerdict & { kind: 'fault' }): void {
    const { records, bases } = this.conversation;
    const left = records.length - this.from;
    if (this.suspect !== undefined) this.decide(number === 0 ? 0 : 1);
    const base = bases.get(code) ?? (number === 0 ? 0 : number >= left ? 1 : undefined);
    if (base === undefined) {
      this.suspect = { record: this.from + number - 1, code };
      this.from += number;
      return;
    }
    bases.set(code, base);
    const at = this.from + Math.min(left - 1, Math.max(0, number - base));
    this.refused.push(at);
    this.from = at + 1;
  }

  /** What the next answer says of the suspect: a fault at the very first event means that counting begins at 0. */
  private decide(base: 0 | 1): void {
    if (this.suspect === undefined) return;
    const { record, code } = this.suspect;
    this.suspect = undefined;
    this.conversation.bases.set(code, base);
    if (base === 1) this.refused.push(record);
  }

  private stoppedBy({ number, code, error }: HecVerdict & { kind: 'stopped' }): ParcelAnswer {
    const { bases } = this.conversation;
    const base = bases.get(code);
    this.from += base === undefined ? number - 1 : number - base;
    // Taken or not, by where counting begins.
    if (base === undefined) this.unsure(this.from++);
    return this.endedBy(error);
  }

  /** What was taken before must be told, so the failure is not thrown. */
  private endedBy(error: unknown): ParcelAnswer {
    const { records, whenUnknown, context } = this.conversation;
    this.reason = messageOf(error);
    const again = records.map((_, i) => i).slice(this.from);
    if (this.suspect !== undefined) {
      this.unsure(this.suspect.record);
      this.suspect = undefined;
    }
    if (error instanceof ExportError && error.outcomeUnknown) {
      context.unknown?.(
        again.flatMap((i) => records[i]?.items ?? []),
        whenUnknown,
      );
    }
    return this.answer(again, error instanceof ExportError ? error.retryAfter : undefined);
  }

  private unsure(record: number): void {
    const { records, whenUnknown, context } = this.conversation;
    context.unknown?.(records[record]?.items ?? [], whenUnknown);
    this.unsettled.push(record);
  }

  private answer(again: readonly number[], retryAfter?: number): ParcelAnswer {
    return {
      refused: this.refused,
      again: [...this.unsettled, ...again],
      ...(this.reason !== undefined && { reason: this.reason }),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
}
