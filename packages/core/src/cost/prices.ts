import type { Signal } from '../export/signal.ts';
import type { Measure } from './measures.ts';

/** The day on which this table was last looked over. */
export const PRICES_AS_OF = '2026-11-22';

/** So many items a month for this price, in USD, each; those beyond for that of the next tier. */
export interface PriceTier {
  /** Items, counted from the first; missing in the last tier. */
  readonly upTo?: number;
  /** Missing where the backend publishes none. */
  readonly price?: number;
  /** Whether it was read on a page of the backend's own; else it is from memory or from what others write. */
  readonly verified: boolean;
}

/** One thing that a backend charges for. */
export interface Price {
  readonly measure: Measure;
  /** How many of what is measured make one item. */
  readonly per: number;
  readonly tiers: readonly PriceTier[];
  /** Items a month that cost nothing, for the whole account. */
  readonly free?: number;
  /** The page that says it. */
  readonly source: string;
}

/** What a backend charges, in USD and its cheapest usual region (us-east-1, East US, us-central1), without discounts. */
export interface BackendPrices {
  /** What Telltale's exporter can send it. */
  readonly signals: readonly Signal[];
  /** How it counts series. */
  readonly series: Measure;
  /** Whether instances of a service that record the same series share them, as no attribute says which instance it was. */
  readonly shared: boolean;
  readonly items: Readonly<Record<string, Price>>;
  /** What a bill has besides. */
  readonly note?: string;
}

const GB = 1e9;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const GOOGLE = 'https://cloud.google.com/stackdriver/pricing';
const GRAFANA = 'https://grafana.com/pricing/';
const DYNATRACE = 'https://www.dynatrace.com/pricing/';
const DATADOG = 'https://www.datadoghq.com/pricing/';

const ALL: readonly Signal[] = ['metrics', 'spans', 'events'];

/** What runs at the user's own place, and whose storage nobody here can know. */
const SELF_HOSTED = { signals: ALL, series: 'storedSeries', shared: false, items: {} } as const satisfies BackendPrices;

const METRIC_MONTH: Price = {
  measure: 'dimensionSets',
  per: 1,
  tiers: [
    { upTo: 10_000, price: 0.3, verified: true },
    { upTo: 250_000, price: 0.1, verified: false },
    { upTo: 1_000_000, price: 0.05, verified: false },
    { price: 0.02, verified: false },
  ],
  free: 10,
  source: CLOUDWATCH,
};

/** All backends that exporters name as their `backend`. */
export const PRICES = {
  cloudwatch: {
    signals: ['metrics'],
    series: 'dimensionSets',
    shared: true,
    items: {
      'metric-month': METRIC_MONTH,
      'thousand-requests': {
        measure: 'requests',
        per: 1000,
        tiers: [{ price: 0.01, verified: false }],
        free: 1000,
        source: CLOUDWATCH,
      },
    },
    note: 'A metric is charged by the hour in which it is sent; alarms and dashboards come on top.',
  },
  emf: {
    signals: ['metrics'],
    series: 'dimensionSets',
    shared: true,
    items: {
      'metric-month': METRIC_MONTH,
      'log-gigabyte': {
        measure: 'bytes',
        per: GB,
        tiers: [{ price: 0.5, verified: false }],
        free: 5,
        source: CLOUDWATCH,
      },
    },
    note: 'Its lines are logs, which are stored for as long as their log group says.',
  },
  'cloudwatch-logs': {
    signals: ['events'],
    series: 'series',
    shared: true,
    items: {
      'log-gigabyte': {
        measure: 'bytes',
        per: GB,
        tiers: [{ price: 0.5, verified: false }],
        free: 5,
        source: CLOUDWATCH,
      },
    },
    note: 'Of the standard class; storage and queries come on top.',
  },
  xray: {
    signals: ['spans'],
    series: 'series',
    shared: true,
    items: {
      'million-traces': {
        measure: 'traces',
        per: 1e6,
        tiers: [{ price: 5, verified: true }],
        free: 0.1,
        source: 'https://aws.amazon.com/xray/pricing/',
      },
    },
    note: 'With Transaction Search, spans are charged by the gigabyte instead.',
  },
  'azure-monitor': {
    signals: ALL,
    series: 'series',
    shared: false,
    items: {
      'log-gigabyte': {
        measure: 'bytes',
        per: GB,
        tiers: [{ price: 2.3, verified: false }],
        free: 5,
        source: 'https://azure.microsoft.com/pricing/details/monitor/',
      },
    },
    note: 'Azure charges about 25 % less than the bytes that are sent: https://learn.microsoft.com/azure/azure-monitor/logs/cost-logs.',
  },
  'google-cloud': {
    signals: ['metrics', 'spans'],
    series: 'series',
    shared: false,
    items: {
      'metric-mebibyte': {
        measure: 'pointBytes',
        per: MIB,
        tiers: [
          { upTo: 100_000, price: 0.258, verified: true },
          { upTo: 250_000, price: 0.151, verified: true },
          { price: 0.061, verified: true },
        ],
        free: 150,
        source: GOOGLE,
      },
      'million-spans': {
        measure: 'spans',
        per: 1e6,
        tiers: [{ price: 0.2, verified: true }],
        free: 2.5,
        source: GOOGLE,
      },
    },
    note: 'A number is taken to be 8 bytes and a distribution 80, which is not verified. Metrics sent by OTLP are charged by the sample instead.',
  },
  datadog: {
    signals: ALL,
    series: 'customMetrics',
    shared: false,
    items: {
      'hundred-metrics-month': {
        measure: 'customMetrics',
        per: 100,
        tiers: [{ price: 5, verified: false }],
        free: 1,
        source: DATADOG,
      },
      'log-gigabyte': {
        measure: 'eventBytes',
        per: GB,
        tiers: [{ price: 0.1, verified: false }],
        source: DATADOG,
      },
      'million-log-events': {
        measure: 'events',
        per: 1e6,
        tiers: [{ price: 1.7, verified: false }],
        source: DATADOG,
      },
    },
    note: 'Hosts, APM (charged by the host) and percentiles of distributions (five more custom metrics each) come on top; 100 or 200 custom metrics a host are free.',
  },
  newrelic: {
    signals: ALL,
    series: 'series',
    shared: false,
    items: {
      gigabyte: {
        measure: 'bytes',
        per: GB,
        tiers: [{ price: 0.4, verified: false }],
        free: 100,
        source: 'https://newrelic.com/pricing',
      },
    },
    note: 'Users come on top.',
  },
  honeycomb: {
    signals: ALL,
    series: 'series',
    shared: false,
    items: {
      'million-events': {
        measure: 'records',
        per: 1e6,
        tiers: [{ price: 1.3, verified: false }],
        free: 20,
        source: 'https://www.honeycomb.io/pricing',
      },
    },
    note: 'Points of several metrics with the same attributes and time become one event there, so metrics cost at most this.',
  },
  'grafana-cloud': {
    signals: ALL,
    series: 'storedSeries',
    shared: false,
    items: {
      'thousand-series-month': {
        measure: 'activeSeries',
        per: 1000,
        tiers: [{ price: 6.5, verified: false }],
        free: 10,
        source: GRAFANA,
      },
      'trace-gigabyte': {
        measure: 'spanBytes',
        per: GB,
        tiers: [{ price: 0.5, verified: false }],
        free: 50,
        source: GRAFANA,
      },
      'log-gigabyte': {
        measure: 'eventBytes',
        per: GB,
        tiers: [{ price: 0.5, verified: false }],
        free: 50,
        source: GRAFANA,
      },
    },
    note: 'Native histograms are counted in another way there: they cost at most this. Users come on top.',
  },
  dynatrace: {
    signals: ALL,
    series: 'storedSeries',
    shared: false,
    items: {
      'hundred-thousand-points': {
        measure: 'points',
        per: 1e5,
        tiers: [{ price: 0.15, verified: false }],
        source: DYNATRACE,
      },
      gibibyte: {
        measure: 'traceBytes',
        per: GIB,
        tiers: [{ price: 0.2, verified: false }],
        source: DYNATRACE,
      },
    },
    note: 'Retention and queries come on top.',
  },
  splunk: {
    signals: ALL,
    series: 'series',
    shared: false,
    items: {
      gigabyte: {
        measure: 'bytes',
        per: GB,
        tiers: [{ verified: false }],
        source: 'https://www.splunk.com/en_us/products/pricing.html',
      },
    },
  },
  lightstep: {
    signals: ['metrics', 'spans'],
    series: 'series',
    shared: false,
    items: {
      'metric-month': {
        measure: 'series',
        per: 1,
        tiers: [{ verified: false }],
        source: 'https://docs.lightstep.com/',
      },
      'million-spans': {
        measure: 'spans',
        per: 1e6,
        tiers: [{ verified: false }],
        source: 'https://docs.lightstep.com/',
      },
    },
  },
  otlp: SELF_HOSTED,
  jaeger: SELF_HOSTED,
  zipkin: SELF_HOSTED,
  prometheus: SELF_HOSTED,
  statsd: SELF_HOSTED,
} as const satisfies Readonly<Record<string, BackendPrices>>;

/** A backend that the price table knows. */
export type PricedBackend = keyof typeof PRICES;
