import { OFFER_ROUTE, type PlannedJob, type PlannedRequest, THUMBNAIL_ROUTE } from './load-plan.ts';
import { REPORT_DAYS } from './report-days.ts';

/** What the load generator has done and expects telemetry to know. */
export interface TallyReport {
  readonly sent: number;
  /** Requests by method, route and status: `GET /products/:id 200`. */
  readonly requests: Readonly<Record<string, number>>;
  /** The same by tenant. */
  readonly tenants: Readonly<Record<string, number>>;
  /** Invoices by tenant: of each order that was placed. */
  readonly invoices: Readonly<Record<string, number>>;
  /** WebSocket connections. */
  readonly sockets: number;
  readonly hungUp: number;
  /** Calls of payments that follow from the requests and their jobs. */
  readonly calls: number;
  readonly jobs: JobTally;
  /** Done by threads. */
  readonly thumbnails: number;
  /** Each a query of Postgres and a call of payments by a service that OpenTelemetry's instrumentations observe. */
  readonly offers: number;
  /** Days that the reports are about, each a call of the warehouse by a child process. */
  readonly reportDays: number;
  /** What did not go as planned; the first few. */
  readonly surprises: readonly string[];
  /** 95th percentile of the seconds until the first byte, by route, without those who hung up. */
  readonly p95: Readonly<Record<string, Bounds>>;
}

/** The time that the shop measures lies between what it needs at least, by the plan, and what the client saw from the other side. */
export interface Bounds {
  readonly planned: number;
  readonly seen: number;
}

interface JobTally {
  readonly ordered: number;
  readonly completed: number;
  readonly retried: number;
  readonly failed: number;
}

/** What becomes of a job, by its fate: `unknown` is tried three times. */
const OUTCOMES = {
  fine: { completed: 1, retried: 0, failed: 0 },
  slow: { completed: 1, retried: 0, failed: 0 },
  busy: { completed: 1, retried: 1, failed: 0 },
  unknown: { completed: 0, retried: 2, failed: 1 },
} as const;

const MAX_SURPRISES = 5;
const MAX_TIMES_PER_ROUTE = 2000;

/** Counts what is sent, by itself: nothing here comes from telemetry. */
export class Tally {
  private sent = 0;
  private sockets = 0;
  private hungUp = 0;
  private calls = 0;
  private thumbnails = 0;
  private offers = 0;
  private reportDays = 0;
  private readonly jobs = { ordered: 0, completed: 0, retried: 0, failed: 0 };
  private readonly requests = new Map<string, number>();
  private readonly tenants = new Map<string, number>();
  private readonly invoices = new Map<string, number>();
  private readonly surprises: string[] = [];
  private readonly times = new Map<string, Bounds[]>();

  send({ method, route, status, hangUp, job, charges, socket, tenant = '' }: PlannedRequest): void {
    if (socket === true) {
      this.sockets++;
      return;
    }
    const key = `${method} ${route} ${status}`;
    this.sent++;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    this.tenants.set(tenant, (this.tenants.get(tenant) ?? 0) + 1);
    if (hangUp !== undefined) this.hungUp++;
    if (charges === true) this.calls++;
    if (route === THUMBNAIL_ROUTE) this.thumbnails++;
    if (route === OFFER_ROUTE) this.offers++;
    if (job !== undefined) this.order(job);
    if (job?.queue === 'emails') this.invoices.set(tenant, (this.invoices.get(tenant) ?? 0) + 1);
  }

  surprise(request: PlannedRequest, what: string): void {
    if (this.surprises.length < MAX_SURPRISES) this.surprises.push(`${request.method} ${request.path}: ${what}`);
  }

  firstByte({ route, hangUp, takesMs = 0 }: PlannedRequest, seen: number): void {
    if (hangUp !== undefined) return;
    const times = this.times.get(route) ?? [];
    this.times.set(route, times);
    if (times.length < MAX_TIMES_PER_ROUTE) times.push({ planned: takesMs / 1000, seen });
  }

  report(): TallyReport {
    const p95 = [...this.times].map(([route, times]): [string, Bounds] => [
      route,
      { planned: p95Of(times.map(({ planned }) => planned)), seen: p95Of(times.map(({ seen }) => seen)) },
    ]);
    return {
      sent: this.sent,
      requests: Object.fromEntries(this.requests),
      tenants: Object.fromEntries(this.tenants),
      invoices: Object.fromEntries(this.invoices),
      sockets: this.sockets,
      hungUp: this.hungUp,
      calls: this.calls,
      jobs: { ...this.jobs },
      thumbnails: this.thumbnails,
      offers: this.offers,
      reportDays: this.reportDays,
      surprises: [...this.surprises],
      p95: Object.fromEntries(p95),
    };
  }

  private order(job: PlannedJob): void {
    const { completed, retried, failed } = OUTCOMES[job.queue === 'emails' ? job.fate : 'fine'];
    this.jobs.ordered++;
    this.jobs.completed += completed;
    this.jobs.retried += retried;
    this.jobs.failed += failed;
    // Every try of an e-mail asks payments for the receipt.
    if (job.queue === 'emails') this.calls += completed + retried + failed;
    else this.reportDays += REPORT_DAYS;
  }
}

function p95Of(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(0.95 * times.length) - 1] ?? 0;
}
