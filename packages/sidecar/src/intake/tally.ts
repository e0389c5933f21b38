import { Malformed } from '../otlp/raw-values.ts';

/** Reasons that one answer names. */
const MAX_REASONS = 5;
/** Items that may be malformed: who sends more sends no telemetry, and each costs time. */
const MAX_MALFORMED = 1000;

/** What became of the items of one request. */
export class Tally {
  accepted = 0;
  rejected = 0;
  /** Taken before, or overtaken: the sender need not know. */
  repeated = 0;
  private readonly reasons = new Map<string, number>();
  private malformedCount = 0;

  reject(count: number, reason: string): void {
    if (count === 0) return;
    this.rejected += count;
    const known = this.reasons.get(reason);
    if (known !== undefined || this.reasons.size < MAX_REASONS) this.reasons.set(reason, (known ?? 0) + count);
  }

  /** Rejects one item; throws when it is one too many. */
  malformed({ message }: Malformed): void {
    this.reject(1, message);
    this.malformedCount++;
    if (this.malformedCount > MAX_MALFORMED) {
      throw new Malformed(`more than ${MAX_MALFORMED} items are malformed, the rest was not looked at: ${message}`);
    }
  }

  /** For people; empty when nothing was rejected. */
  get message(): string {
    const told = [...this.reasons].map(([reason, count]) => `${count} rejected: ${reason}`);
    const more = this.rejected - [...this.reasons.values()].reduce((sum, count) => sum + count, 0);
    return [...told, ...(more > 0 ? [`${more} rejected for other reasons`] : [])].join('. ');
  }
}
