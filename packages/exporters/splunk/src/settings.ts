import { hostname } from 'node:os';
import { type Signal, TelemetryError } from '@telltale/core';
import { checkExporterOptions } from '@telltale/exporter-kit';
import type { SplunkOptions } from './splunk-options.ts';

const OWN = [
  'url',
  'token',
  'index',
  'source',
  'sourcetype',
  'host',
  'resourceAttributes',
  'quantiles',
  'buckets',
  'ca',
] as const satisfies readonly (keyof SplunkOptions)[];
const SIGNALS: readonly Signal[] = ['metrics', 'spans', 'events'];
/** "HTTP Event Collector REST API endpoints": the same as services/collector/event. */
const PATH = '/services/collector';
const SOURCETYPES = { metrics: 'telltale:metric', spans: 'telltale:span', events: 'telltale:event' } as const;
const IDENTITY = [
  'service.name',
  'service.namespace',
  'service.version',
  'deployment.environment.name',
  'service.instance.id',
];

/** Options with defaults, checked. */
export interface Settings {
  readonly url: URL;
  readonly token: string;
  readonly index: Readonly<Partial<Record<Signal, string>>>;
  readonly source: string | undefined;
  readonly sourcetype: Readonly<Record<Signal, string>>;
  readonly host: string | undefined;
  /** Of the machine, where the resource has none. */
  readonly hostname: string;
  readonly resourceAttributes: readonly string[];
  readonly quantiles: readonly number[];
  readonly buckets: boolean;
  readonly ca: string | undefined;
}

/** Throws `ERR_OPTION` for what cannot be. */
export function settingsOf(options: SplunkOptions): Settings {
  checkExporterOptions('splunk', options, OWN);
  const { source, host, ca, buckets = false, quantiles = [0.5, 0.9, 0.95, 0.99] } = options;
  const { resourceAttributes = IDENTITY } = options;
  for (const option of ['source', 'host', 'ca'] as const) {
    const given = options[option];
    if (given !== undefined && (typeof given !== 'string' || given === '')) throw wrong(option, given, 'give a text');
  }
  if (typeof buckets !== 'boolean') throw wrong('buckets', buckets, 'give true or false');
  if (!Array.isArray(quantiles) || !quantiles.every((q) => typeof q === 'number' && q >= 0 && q <= 1)) {
    throw wrong('quantiles', quantiles, 'give an array of numbers from 0 to 1, such as [0.5, 0.99]');
  }
  if (!Array.isArray(resourceAttributes) || !resourceAttributes.every((key) => typeof key === 'string')) {
    throw wrong('resourceAttributes', resourceAttributes, 'give an array of names');
  }
  return {
    url: urlOf(options.url ?? process.env.SPLUNK_HEC_URL),
    token: tokenOf(options.token ?? process.env.SPLUNK_HEC_TOKEN),
    index: perSignal('index', options.index),
    source,
    sourcetype: { ...SOURCETYPES, ...perSignal('sourcetype', options.sourcetype) },
    host,
    hostname: hostname(),
    resourceAttributes,
    quantiles,
    buckets,
    ca,
  };
}

function urlOf(given: unknown): URL {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw wrong(
      'url',
      given,
      'give the address of the HTTP Event Collector, such as https://splunk.example.com:8088, or set SPLUNK_HEC_URL',
    );
  }
  if (url.pathname === '/') url.pathname = PATH;
  return url;
}

/** A token is a secret: no message shows it. */
function tokenOf(given: unknown): string {
  if (typeof given === 'string' && /^[\x21-\x7e]+$/.test(given)) return given;
  throw new TelemetryError(
    'ERR_OPTION',
    `"splunk.token" is ${given === undefined ? 'missing' : 'no token'}; give the token of an HTTP Event Collector, or set SPLUNK_HEC_TOKEN.`,
  );
}

function perSignal(option: 'index' | 'sourcetype', given: unknown): Partial<Record<Signal, string>> {
  if (given === undefined) return {};
  const isText = (one: unknown): one is string => typeof one === 'string' && one !== '';
  if (isText(given)) return Object.fromEntries(SIGNALS.map((signal) => [signal, given]));
  const fits =
    typeof given === 'object' &&
    given !== null &&
    Object.entries(given).every(([key, one]) => SIGNALS.some((signal) => signal === key) && isText(one));
  if (fits) return given;
  throw wrong(option, given, 'give a text, or { metrics: …, spans: …, events: … } with texts');
}

function wrong(option: string, given: unknown, mend: string): TelemetryError {
  const shown = given === undefined ? 'missing' : JSON.stringify(given);
  return new TelemetryError('ERR_OPTION', `"splunk.${option}" is ${shown}; ${mend}.`);
}
