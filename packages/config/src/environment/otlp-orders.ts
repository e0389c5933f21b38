import type { Signal, Temporality } from '@telltale/core';
import { onlySet } from '../only-set.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import type { VariableName } from './environment-variables.ts';
import { readHeaders } from './headers.ts';

/** What the environment says of OTLP for one signal: as `otlp()` of @telltale/exporter-otlp takes it. */
export interface OtlpOrders {
  /** The whole address, which nothing is added to. */
  readonly url?: string;
  /** What the path of the signal is added to, where there is no `url`. */
  readonly base?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocol?: 'http/protobuf' | 'http/json' | 'grpc';
  readonly compression?: 'gzip' | 'none';
  /** PEM. */
  readonly ca?: string;
  /** Of metrics. */
  readonly temporality?: Temporality;
  /** Seconds that a request may take. */
  readonly timeout?: number;
}

type Setting = 'ENDPOINT' | 'HEADERS' | 'PROTOCOL' | 'COMPRESSION' | 'CERTIFICATE' | 'TIMEOUT';

/** The variables of one signal, or of all. */
type Names = Readonly<Record<Setting, VariableName>>;

const ALL: Names = namesOf('OTEL_EXPORTER_OTLP');
const OF_SIGNAL: Readonly<Record<Signal, Names>> = {
  metrics: namesOf('OTEL_EXPORTER_OTLP_METRICS'),
  spans: namesOf('OTEL_EXPORTER_OTLP_TRACES'),
  events: namesOf('OTEL_EXPORTER_OTLP_LOGS'),
};
/** What `otlp()` adds to the address of all signals. */
export const SIGNAL_PATHS: Readonly<Record<Signal, string>> = {
  metrics: '/v1/metrics',
  spans: '/v1/traces',
  events: '/v1/logs',
};
const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
/** "Metrics exporters" of OTLP in OpenTelemetry's specification. */
const PREFERENCE = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

/** For each signal what its own variables say, else those of all signals. Headers are put together. */
export function readOtlpOrders(
  reader: EnvironmentReader,
  readFile: (path: string) => string,
): Readonly<Record<Signal, OtlpOrders>> {
  const { url: endpoint, ...all } = read(reader, readFile, ALL);
  const base = endpoint === undefined ? undefined : baseOf(reader, endpoint);
  const of = (signal: Signal): OtlpOrders => {
    const own = read(reader, readFile, OF_SIGNAL[signal]);
    const headers =
      all.headers === undefined && own.headers === undefined ? undefined : { ...all.headers, ...own.headers };
    return onlySet({ ...(base !== undefined && { base }), ...all, ...own, headers });
  };
  const temporality = readTemporality(reader);
  return {
    metrics: { ...of('metrics'), ...(temporality && { temporality }) },
    spans: of('spans'),
    events: of('events'),
  };
}

function read(
  reader: EnvironmentReader,
  readFile: (path: string) => string,
  names: Names,
): Omit<OtlpOrders, 'base' | 'temporality'> {
  return onlySet({
    url: reader.url(names.ENDPOINT),
    headers: readHeaders(reader, names.HEADERS),
    protocol: reader.choice(names.PROTOCOL, PROTOCOLS),
    compression: reader.choice(names.COMPRESSION, ['gzip', 'none']),
    ca: readCertificate(reader, readFile, names.CERTIFICATE),
    timeout: reader.seconds(names.TIMEOUT),
  });
}

/** Without the path of a signal: it is added, and twice would be a 404. */
function baseOf(reader: EnvironmentReader, endpoint: string): string {
  const path = Object.values(SIGNAL_PATHS).find((one) => endpoint.replace(/\/+$/, '').endsWith(one));
  if (path === undefined) return endpoint;
  reader.tell(
    ALL.ENDPOINT,
    `It is the address of all signals, and ${path} is added to it; it is taken without. Leave that off, or set the variable of the signal.`,
  );
  return endpoint.replace(/\/+$/, '').slice(0, -path.length);
}

function readTemporality(reader: EnvironmentReader): Temporality | undefined {
  const word = reader.choice(PREFERENCE, ['cumulative', 'delta', 'lowmemory']);
  if (word !== 'lowmemory') return word;
  reader.tell(PREFERENCE, 'It is taken as delta, which also holds for instruments that are observed.');
  return 'delta';
}

function readCertificate(
  reader: EnvironmentReader,
  readFile: (path: string) => string,
  name: VariableName,
): string | undefined {
  const path = reader.text(name);
  if (path === undefined) return undefined;
  try {
    const text = readFile(path);
    if (text.includes('-----BEGIN ')) return text;
    reader.tell(name, 'The file is no PEM; certificates in it begin with -----BEGIN CERTIFICATE-----.');
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    reader.tell(name, `The file cannot be read${typeof code === 'string' ? ` (${code})` : ''}: name one in PEM.`);
  }
  return undefined;
}

function namesOf<const Prefix extends string>(prefix: Prefix) {
  return {
    ENDPOINT: `${prefix}_ENDPOINT`,
    HEADERS: `${prefix}_HEADERS`,
    PROTOCOL: `${prefix}_PROTOCOL`,
    COMPRESSION: `${prefix}_COMPRESSION`,
    CERTIFICATE: `${prefix}_CERTIFICATE`,
    TIMEOUT: `${prefix}_TIMEOUT`,
  } as const;
}
