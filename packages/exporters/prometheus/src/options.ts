import { TelemetryError } from '@telltale/core';
import type { OwnLabels } from './labels.ts';
import type { MergeableRegistry } from './merged-registry.ts';
import { TRANSLATIONS, type Translation } from './names.ts';

export interface PrometheusOptions {
  /** Shows in health and errors; default `prometheus`. */
  readonly name?: string;
  /** Opens a server of the exporter's own when telemetry starts; 0 takes a free port. Without it, serve `handler` from the service's own server. */
  readonly port?: number;
  /** Interface of that server; default all, as Prometheus comes from another machine. */
  readonly host?: string;
  /** Path of that server; default `/metrics`. */
  readonly path?: string;
  /** Put before all names but `target_info`, with an underscore: `shop` gives `shop_http_server_…`. */
  readonly prefix?: string;
  /**
   * Labels of every series and of `target_info`, not of merged metrics: `{ stage: 'prod' }`. An attribute that would be called like one of them
   * becomes `exported_stage`.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Registries of prom-client 15 or @prometheus-io/client whose metrics are to be in the same scrape. */
  readonly merge?: MergeableRegistry | readonly MergeableRegistry[];
  /** Whether `target_info` tells the attributes of the service; default true. */
  readonly targetInfo?: boolean;
  /** Adds `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and `otel_scope_<attribute>` to all series; default false. */
  readonly scopeLabels?: boolean;
  /**
   * Adds `_created` samples in OpenMetrics; default false, because Prometheus stores them as series of their own unless it is told otherwise.
   * In protobuf the start is a field of the series and always there.
   */
  readonly created?: boolean;
  /**
   * What becomes of names, as in OpenTelemetry's specification; default `UnderscoreEscapingWithSuffixes`. With `NoUTF8Escaping…` and
   * `NoTranslation`, who accepts UTF-8 names (Prometheus 3) gets `http.server.request.duration`, all others an escaped name.
   */
  readonly translation?: Translation;
}

/** Options with defaults, checked. */
export interface ResolvedOptions {
  readonly name: string;
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly path: string;
  readonly prefix: string;
  readonly labels: OwnLabels;
  readonly merge: readonly MergeableRegistry[];
  readonly targetInfo: boolean;
  readonly scopeLabels: boolean;
  readonly created: boolean;
  readonly translation: Translation;
}

const NAMES = [
  'name',
  'port',
  'host',
  'path',
  'prefix',
  'labels',
  'merge',
  'targetInfo',
  'scopeLabels',
  'created',
  'translation',
] as const;

/** Throws a `TelemetryError` that names the option and what it may be. */
export function resolveOptions(options: PrometheusOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) throw wrong('takes an object of options, or nothing');
  for (const name of Object.keys(options)) {
    if (!NAMES.some((known) => known === name)) throw wrong(`has no option "${name}": there are ${NAMES.join(', ')}`);
  }
  const { name = 'prometheus', port, host, path = '/metrics', prefix = '', merge = [] } = options;
  const { translation = TRANSLATIONS[0] } = options;
  if (typeof name !== 'string' || name === '') throw bad('name', 'a text that is not empty', name);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw bad('port', 'a whole number from 0 (any free port) to 65535', port);
  }
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw bad('host', 'an address or host name, or left out for all interfaces', host);
  }
  if (typeof path !== 'string' || !/^\/[^\s?#]*$/.test(path)) {
    throw bad('path', 'a path that begins with / and has no query', path);
  }
  if (typeof prefix !== 'string' || !/^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/.test(prefix)) {
    throw bad('prefix', 'made of letters, digits, _ and :, and not begin with a digit', prefix);
  }
  if (!TRANSLATIONS.includes(translation)) throw bad('translation', `one of ${TRANSLATIONS.join(', ')}`, translation);
  const registries: readonly unknown[] = Array.isArray(merge) ? merge : [merge];
  return {
    name,
    port,
    host,
    path,
    prefix,
    labels: checkLabels(options.labels ?? {}),
    merge: registries.map(checkRegistry),
    targetInfo: checkFlag('targetInfo', options.targetInfo, true),
    scopeLabels: checkFlag('scopeLabels', options.scopeLabels, false),
    created: checkFlag('created', options.created, false),
    translation,
  };
}

/** Names that samples have of their own, that Prometheus keeps, or that `scopeLabels` adds, would be there twice. */
const LABEL = /^(?!__|otel_scope_|(?:le|quantile)$)[a-zA-Z_][a-zA-Z0-9_]*$/;

function checkLabels(labels: Readonly<Record<string, string>>): OwnLabels {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw bad('labels', "an object of names and texts, such as { stage: 'prod' }", labels);
  }
  return Object.entries(labels).map(([name, value]) => {
    if (!LABEL.test(name)) {
      throw wrong(
        `was given labels with the name "${name}", but names must be of letters, digits and _, not begin with a digit, __ or otel_scope_, and not be le or quantile`,
      );
    }
    if (typeof value !== 'string') throw bad(`labels.${name}`, 'a text', value);
    return [name, value.toWellFormed()] as const;
  });
}

function checkRegistry(registry: unknown): MergeableRegistry {
  const fits =
    typeof registry === 'object' &&
    registry !== null &&
    'getMetricsAsJSON' in registry &&
    typeof registry.getMetricsAsJSON === 'function';
  if (!fits)
    throw bad(
      'merge',
      'a registry of prom-client or @prometheus-io/client (such as `register`), or an array of them',
      registry,
    );
  return registry as MergeableRegistry;
}

function checkFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw bad(name, 'true or false', value);
  return value;
}

function bad(option: string, wanted: string, value: unknown): TelemetryError {
  const shown = typeof value === 'string' ? `"${value}"` : typeof value === 'object' ? 'an object' : String(value);
  return wrong(`was given ${option}: ${shown}, but it must be ${wanted}`);
}

function wrong(message: string): TelemetryError {
  return new TelemetryError('ERR_OPTION', `prometheus() ${message}`);
}
