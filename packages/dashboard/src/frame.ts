// What the server tells the page. Types only: both sides import them, neither imports the other.

/** Seconds since the Unix epoch. */
type Time = number;

/** What cannot be known (no traffic, no such metric) is `null`: JSON has no NaN. */
export type Reading = number | null;

/** The busiest rows; `more` is how many are not shown. */
export interface Table<R> {
  readonly rows: readonly R[];
  readonly more: number;
}

/** A row of a table. */
interface Row {
  /** Unique in its table and the same in each frame; also names its lines, see `lineKey`. */
  readonly id: string;
  /** `service.name`. */
  readonly service: string;
}

/** What many calls of one kind have in common. Rates and quantiles are of the last `Frame.window` seconds, `count` and `errors` since the start. */
export interface Traffic {
  readonly count: number;
  readonly errors: number;
  /** Per second. */
  readonly rate: Reading;
  /** Failures per second, not a share. */
  readonly errorRate: Reading;
  /** Seconds. */
  readonly p50: Reading;
  readonly p95: Reading;
  readonly p99: Reading;
}

/** The golden signals of a service: requests, jobs, saturation. */
export interface ServiceRow extends Row {
  /** Processes that tell of it. */
  readonly instances: number;
  readonly version?: string;
  readonly environment?: string;
  readonly requests: Traffic;
  readonly jobs: Traffic;
  readonly calls: Traffic;
  readonly activeRequests: Reading;
  readonly activeJobs: Reading;
  /** Jobs that wait, of all its queues. */
  readonly waiting: Reading;
  /** 0 to 1. */
  readonly cpu: Reading;
  /** Bytes. */
  readonly memory: Reading;
  readonly eventLoopDelay: Reading;
}

export interface RouteRow extends Row, Traffic {
  readonly method: string;
  readonly route: string;
  /** Responses since the start by class: `2xx`, `3xx`, `4xx`, `5xx`, `499` (the client hung up). */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface QueueRow extends Row {
  readonly queue: string;
  /** Jobs by state: `waiting`, `active`, `delayed`, … */
  readonly depth: Readonly<Record<string, number>>;
  /** Seconds. */
  readonly oldest: Reading;
  readonly workers: Reading;
  readonly paused: boolean;
  readonly stalled: number;
  readonly overdue: Reading;
}

export interface JobRow extends Row, Traffic {
  readonly queue: string;
  readonly job: string;
  readonly active: Reading;
  readonly retries: number;
  /** Seconds that half, and 95 %, of the jobs waited. */
  readonly waitP50: Reading;
  readonly waitP95: Reading;
}

export interface PoolRow extends Row, Traffic {
  readonly pool: string;
  readonly size: Reading;
  readonly busy: Reading;
  readonly pending: Reading;
  /** 0 to 1. */
  readonly utilization: Reading;
  readonly waitP95: Reading;
}

/** An arrow of the service map: the calls from one service to another. */
export interface CallRow extends Row, Traffic {
  /** Where the call was made; the same as `service`. */
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly active: Reading;
  /** The busiest operations of this arrow. */
  readonly operations: readonly (Traffic & { readonly operation: string })[];
}

/** One process of a service, as far as its runtime tells. */
export interface RuntimeRow extends Row {
  /** `service.instance.id`, shortened. */
  readonly instance: string;
  readonly eventLoopP50: Reading;
  readonly eventLoopP99: Reading;
  readonly eventLoopUtilization: Reading;
  /** Seconds of garbage collection per second. */
  readonly gc: Reading;
  readonly heapUsed: Reading;
  readonly memory: Reading;
  /** 0 to 1, of all CPUs that the process could use. */
  readonly cpu: Reading;
  readonly systemCpu: Reading;
  readonly systemMemory: Reading;
  /** Bytes per second. */
  readonly networkReceived: Reading;
  readonly networkSent: Reading;
  readonly diskRead: Reading;
  readonly diskWritten: Reading;
  /** The fullest file systems. */
  readonly disks: readonly { readonly mount: string; readonly used: number }[];
}

/** A trace that was slow or failed, newest first. */
export interface TraceRow {
  readonly traceId: string;
  /** Of the first span. */
  readonly name: string;
  readonly service: string;
  readonly start: Time;
  readonly seconds: number;
  readonly spans: number;
  readonly why: 'slow' | 'failed';
  readonly message?: string;
}

export interface ExporterRow {
  readonly name: string;
  readonly status: 'ok' | 'failing' | 'idle';
  readonly lastSuccess: Reading;
  readonly lastError?: { readonly time: Time; readonly message: string };
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly unknown: number;
  readonly queued: number;
  readonly circuit?: 'closed' | 'open' | 'half-open';
  /** US dollars a month, if it goes on like this. */
  readonly monthlyCost: Reading;
}

export interface SeriesBudget {
  readonly series: number;
  readonly total: number;
  readonly perInstrument: number;
  /** Attributes that had too many values. */
  readonly overflows: readonly { readonly metric: string; readonly attribute: string }[];
  /** The metrics with the most series. */
  readonly largest: readonly { readonly metric: string; readonly series: number }[];
  /** US dollars a month, of all exporters. */
  readonly monthlyCost: Reading;
}

export interface AlertRow {
  readonly id: string;
  readonly rule: string;
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly since: Time;
  readonly summary: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly silenced: boolean;
}

/** What the page is told, once a second while somebody looks. */
export interface Frame {
  /** Another one after a restart: what the page has kept is of another process. */
  readonly epoch: string;
  readonly time: Time;
  /** Seconds that rates and quantiles are about. */
  readonly window: number;
  /** What the page is headed with. */
  readonly title: string;
  readonly services: Table<ServiceRow>;
  readonly routes: Table<RouteRow>;
  readonly queues: Table<QueueRow>;
  readonly jobs: Table<JobRow>;
  readonly pools: Table<PoolRow>;
  readonly calls: Table<CallRow>;
  readonly runtime: Table<RuntimeRow>;
  /** `off`: nobody records spans here. */
  readonly traces: 'off' | readonly TraceRow[];
  readonly exporters: readonly ExporterRow[];
  readonly series: SeriesBudget;
  /** Missing without alerts. */
  readonly alerts?: readonly AlertRow[];
  /** What went wrong with telemetry itself, by code. */
  readonly problems: Readonly<Record<string, number>>;
  /** Values now of what has a history, by `lineKey`. */
  readonly lines: Readonly<Record<string, Reading>>;
}

export type View = 'services' | 'routes' | 'queues' | 'jobs' | 'pools' | 'calls' | 'runtime';

/** The name of a line: `routes`, the row's id, the row's field (`rate`, `requests.p95`, `depth.waiting`). */
export function lineKey(view: View, id: string, field: string): string {
  return `${view}\n${id}\n${field}`;
}

/** What was before the page was opened: `lines[key][i]` was at `times[i]`. Oldest first, at most an hour. */
export interface History {
  readonly epoch: string;
  readonly times: readonly Time[];
  readonly lines: Readonly<Record<string, readonly Reading[]>>;
}

/** A trace as a waterfall, in the order of its tree. No payloads: attributes are those of spans, long values cut, secrets masked. */
export interface TraceDetail {
  readonly traceId: string;
  readonly start: Time;
  readonly seconds: number;
  /** Spans that came when there was no room. */
  readonly dropped: number;
  readonly spans: readonly {
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly depth: number;
    readonly name: string;
    readonly service: string;
    readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
    /** Seconds after `TraceDetail.start`. */
    readonly offset: number;
    readonly seconds: number;
    readonly status: 'unset' | 'ok' | 'error';
    readonly message?: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly events: readonly {
      readonly name: string;
      readonly offset: number;
      readonly attributes: Readonly<Record<string, string>>;
    }[];
    readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  }[];
}
