import { checkKeys, TelemetryError } from '@telltale/core';
import { type LabelMatch, labelMatcher } from './label-match.ts';

/** Alerts about which nobody is told for a while: a deployment, a known outage. */
export interface Silence {
  /** All of these labels: `{ alertname: 'SlowCalls', service_name: 'pay*' }`. At least one. */
  readonly match: LabelMatch;
  /** How long, from when it is made. One of `seconds` and `until`. */
  readonly seconds?: number;
  /** Seconds since the Unix epoch, or a date. */
  readonly until?: number | Date;
  /** Why, for those who look at it. */
  readonly comment?: string;
}

/** A silence that holds. */
export interface ActiveSilence {
  readonly match: LabelMatch;
  /** Seconds since the Unix epoch. */
  readonly since: number;
  readonly until: number;
  readonly comment?: string;
}

/** At most so many at a time: each is looked at for each alert. */
const MAX_SILENCES = 100;
/** A silence is not for ever: what nobody wants to hear of is no rule. */
const MAX_SECONDS = 365 * 86_400;
const MAX_COMMENT = 1024;

const KEYS = ['match', 'seconds', 'until', 'comment'];

interface Entry {
  readonly silence: ActiveSilence;
  readonly covers: (labels: Readonly<Record<string, string>>) => boolean;
}

/** The silences that hold; those whose time is over are forgotten. `now` gives seconds since the Unix epoch. */
export class Silences {
  private readonly now: () => number;
  private entries: readonly Entry[] = [];
  /** By the labels that were looked at; made anew when the silences change. */
  private answers = new WeakMap<object, boolean>();

  /** Throws `ERR_OPTION` for silences that cannot be. */
  constructor(silences: readonly Silence[], now: () => number) {
    this.now = now;
    if (!Array.isArray(silences))
      throw new TelemetryError('ERR_OPTION', '"silences" is no array; give an array of silences.');
    for (const [i, silence] of silences.entries()) this.add(silence, `silences[${i}]`);
  }

  /** Holds from now on. Gives what ends it. Throws `ERR_OPTION` for one that cannot be, or when there are 100 of them. */
  add(silence: Silence, name = 'silence'): () => void {
    const entry = this.entryOf(silence, name);
    const entries = this.holding();
    if (entries.length >= MAX_SILENCES) {
      throw new TelemetryError(
        'ERR_OPTION',
        `There are ${MAX_SILENCES} silences; end some, or let one match more (\`*\` stands for any text).`,
      );
    }
    this.hold([...entries, entry]);
    return () => this.hold(this.entries.filter((other) => other !== entry));
  }

  /** Whether nobody is to be told of an alert with these labels now. */
  covers(labels: Readonly<Record<string, string>>): boolean {
    if (this.entries.length === 0) return false;
    const entries = this.holding();
    let covered = this.answers.get(labels);
    if (covered === undefined) {
      covered = entries.some((entry) => entry.covers(labels));
      this.answers.set(labels, covered);
    }
    return covered;
  }

  /** Those that hold, in the order in which they were made. */
  current(): readonly ActiveSilence[] {
    return this.holding().map(({ silence }) => silence);
  }

  private holding(): readonly Entry[] {
    const now = this.now();
    if (this.entries.some(({ silence }) => silence.until <= now)) {
      this.hold(this.entries.filter(({ silence }) => silence.until > now));
    }
    return this.entries;
  }

  private hold(entries: readonly Entry[]): void {
    this.entries = entries;
    this.answers = new WeakMap();
  }

  private entryOf(silence: Silence, name: string): Entry {
    checkKeys(name, silence, KEYS);
    const { match, comment } = silence;
    const covers = labelMatcher(`${name}.match`, match);
    if (Object.keys(match).length === 0) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${name}.match" is empty, which would silence everything; to do so, match \`{ alertname: '*' }\`.`,
      );
    }
    if (comment !== undefined && typeof comment !== 'string') {
      throw new TelemetryError('ERR_OPTION', `"${name}.comment" is of type ${typeof comment}; give a string.`);
    }
    const since = this.now();
    const until = untilOf(silence, name, since);
    const shown = { match, since, until, ...(comment !== undefined && { comment: comment.slice(0, MAX_COMMENT) }) };
    return { silence: Object.freeze(shown), covers };
  }
}

function untilOf({ seconds, until }: Silence, name: string, now: number): number {
  if ((seconds === undefined) === (until === undefined)) {
    const has = seconds === undefined ? 'neither `seconds` nor `until`' : 'both `seconds` and `until`';
    throw new TelemetryError('ERR_OPTION', `"${name}" has ${has}; give one of them.`);
  }
  if (seconds !== undefined) {
    if (typeof seconds === 'number' && seconds > 0 && seconds <= MAX_SECONDS) return now + seconds;
    throw new TelemetryError(
      'ERR_OPTION',
      `"${name}.seconds" is ${String(seconds)}; give a number of seconds above 0, at most ${MAX_SECONDS} (a year).`,
    );
  }
  const end = until instanceof Date ? until.getTime() / 1000 : until;
  if (typeof end === 'number' && Number.isFinite(end) && end <= now + MAX_SECONDS) return end;
  throw new TelemetryError(
    'ERR_OPTION',
    `"${name}.until" is ${String(until)}; give a Date, or seconds since 1970, at most a year from now.`,
  );
}
