import { estimateCost, messageOf, type Telemetry } from '@telltale/core';

/** Seconds between two estimates, and how much longer than one takes: it reads all series at once. */
const EVERY_SECONDS = 30;
const TIMES_LONGER = 1000;

/** Reading more series at once would hold the process for too long. */
const MAX_SERIES = 20_000;

/** What exporters cost in US dollars a month, by name; those that cost nothing are missing. */
export type MonthlyCosts = ReadonlyMap<string, number>;

/** Estimates costs now and then. */
export class Costs {
  private readonly telemetry: Telemetry;
  private known: MonthlyCosts = new Map();
  private next = Number.NEGATIVE_INFINITY;

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  /** `series`: how many there are. */
  perMonth(series: number): MonthlyCosts {
    const now = this.telemetry.monotonic();
    if (now < this.next) return this.known;
    const began = performance.now();
    this.known = series > MAX_SERIES ? new Map() : this.estimate();
    const seconds = (performance.now() - began) / 1000;
    this.next = now + Math.max(EVERY_SECONDS, seconds * TIMES_LONGER);
    return this.known;
  }

  private estimate(): MonthlyCosts {
    try {
      const { exporters } = estimateCost(this.telemetry);
      return new Map(
        exporters.flatMap(({ name, backend, perMonth }) => (backend === undefined ? [] : [[name, perMonth]])),
      );
    } catch (error) {
      this.telemetry.problem('dashboard costs', () => `The dashboard cannot estimate costs: ${messageOf(error)}`);
      return new Map();
    }
  }
}
