import { type Attributes, OTHER } from '../attributes.ts';
import type { BoundCounter, Counter } from '../metrics/counter.ts';

const STAGE = 'job.stage';
const DIRECTION = 'io.direction';
const API_TYPE = 'api.type';

/** Stages, directions or API types of a job that are told apart; further ones are `other`. */
const MAX_KEYS = 100;

/** Seconds between two looks at the throughput of a job that runs. */
const LOOK_EVERY = 1;

/** The counters of jobs that are told what they count. */
export interface JobCounters {
  readonly records: Counter;
  readonly io: Counter;
  readonly apiCalls: Counter;
}

/** The series of one counter for a kind of job, held by the value of one attribute. */
class HeldCounters {
  private readonly held = new Map<string, BoundCounter>();
  private readonly counter: Counter;
  private readonly base: Attributes;
  private readonly attribute: string;

  constructor(counter: Counter, base: Attributes, attribute: string) {
    this.counter = counter;
    this.base = base;
    this.attribute = attribute;
  }

  /** `undefined` when there are too many to hold. */
  of(key: string): BoundCounter | undefined {
    let held = this.held.get(key);
    if (held === undefined && this.held.size < MAX_KEYS) {
      held = this.counter.bind({ ...this.base, [this.attribute]: key });
      this.held.set(key, held);
    }
    return held;
  }
}

/** What a kind of job counts, held for all jobs of the kind. */
export class HeldJobCounters {
  readonly stages: HeldCounters;
  readonly directions: HeldCounters;
  readonly apiTypes: HeldCounters;

  constructor({ records, io, apiCalls }: JobCounters, base: Attributes) {
    this.stages = new HeldCounters(records, base, STAGE);
    this.directions = new HeldCounters(io, base, DIRECTION);
    this.apiTypes = new HeldCounters(apiCalls, base, API_TYPE);
  }
}

/** What one job counts. Made when it first counts something. */
export class JobCounts {
  /** When throughput was last looked at. */
  private looked: number;
  readonly stages: Tallies;
  readonly directions: Tallies;
  readonly apiTypes: Tallies;

  /** `held`: `undefined` for a job with attributes of its own, whose series must be able to expire. */
  constructor(
    { records, io, apiCalls }: JobCounters,
    base: Attributes,
    held: HeldJobCounters | undefined,
    started: number,
  ) {
    this.looked = started;
    this.stages = new Tallies(records, base, STAGE, held?.stages);
    this.directions = new Tallies(io, base, DIRECTION, held?.directions);
    this.apiTypes = new Tallies(apiCalls, base, API_TYPE, held?.apiTypes);
  }

  /** Whether it is time to look at throughput again. `now`: seconds by the monotonic clock. */
  isDue(now: number): boolean {
    if (now - this.looked < LOOK_EVERY) return false;
    this.looked = now;
    return true;
  }
}

/** What one job counts by one attribute. */
class Tallies {
  /** The one that was counted last: loops count the same again and again. */
  private last: Tally | undefined = undefined;
  private readonly tallies = new Map<string, Tally>();
  private readonly counter: Counter;
  private readonly base: Attributes;
  private readonly attribute: string;
  private readonly held: HeldCounters | undefined;

  constructor(counter: Counter, base: Attributes, attribute: string, held: HeldCounters | undefined) {
    this.counter = counter;
    this.base = base;
    this.attribute = attribute;
    this.held = held;
  }

  /** Those of this job so far. */
  all(): Iterable<Tally> {
    return this.tallies.values();
  }

  /** Allocates nothing for a key that is known. */
  add(key: string, count: number): void {
    let tally = this.last;
    if (tally === undefined || tally.key !== key) {
      tally = this.tallies.get(key) ?? this.make(key);
      this.last = tally;
    }
    tally.add(count);
  }

  private make(wanted: string): Tally {
    const key = this.tallies.size < MAX_KEYS ? wanted : OTHER;
    const known = this.tallies.get(key);
    if (known !== undefined) return known;
    const attributes = { ...this.base, [this.attribute]: key };
    const tally = new Tally(key, this.held?.of(key), this.counter, attributes);
    this.tallies.set(key, tally);
    return tally;
  }
}

/** What one job counts under one key. */
class Tally {
  // A number begins where it is declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  total = 0;
  readonly key: string;
  readonly attributes: Attributes;
  /** `undefined`: looked up by its attributes, since held series never expire. */
  private readonly series: BoundCounter | undefined;
  private readonly counter: Counter;

  constructor(key: string, series: BoundCounter | undefined, counter: Counter, attributes: Attributes) {
    this.key = key;
    this.series = series;
    this.counter = counter;
    this.attributes = attributes;
  }

  add(count: number): void {
    // What is no count is refused by the counter.
    if (count > 0 && Number.isFinite(count)) this.total += count;
    if (this.series === undefined) this.counter.add(count, this.attributes);
    else this.series.add(count);
  }
}
