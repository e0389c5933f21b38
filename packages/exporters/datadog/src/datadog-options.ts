import { TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { type Tag, tagList } from '@telltale/exporter-statsd';
import { checkSite } from './known-sites.ts';

export interface DatadogOptions extends ExporterOptions {
  /** Default: the environment variable `DD_API_KEY`. An API key, not an application key. */
  readonly apiKey?: string;
  /** Which of Datadog's sites the organization is on; default `DD_SITE`, else `datadoghq.com`. */
  readonly site?: string;
  /** Instead of the site's addresses: a proxy, which gets all paths. */
  readonly endpoint?: string;
  /** The host that the data is of; default the resource's `host.name`, and none without it. */
  readonly host?: string;
  /** On every series and log. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Whether series have the tag `service_instance`, so that those of several processes do not overwrite each other; default `true`. Switch it off where
   * one process exports for all.
   */
  readonly instanceTag?: boolean;
  /** Takes spans, too, by Datadog's OTLP intake, which is a preview; default `false`. */
  readonly spans?: boolean;
}

interface DatadogUrls {
  readonly series: URL;
  readonly distributions: URL;
  readonly logs: URL;
  readonly traces: URL;
}

export interface DatadogSettings {
  readonly apiKey: string;
  readonly urls: DatadogUrls;
  readonly host: string | undefined;
  readonly tags: readonly Tag[];
  readonly instanceTag: boolean;
  readonly spans: boolean;
}

const OWN = ['apiKey', 'site', 'endpoint', 'host', 'tags', 'instanceTag', 'spans'] as const;

/** The options with their defaults. Throws `ERR_OPTION` for what cannot be. */
export function datadogSettings(options: DatadogOptions): DatadogSettings {
  checkExporterOptions('datadog', options, OWN);
  const { apiKey = process.env.DD_API_KEY, host, tags = {}, instanceTag = true, spans = false } = options;
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey)) {
    const given = apiKey === undefined || apiKey === '' ? 'missing' : 'no key: keys have no spaces';
    throw new TelemetryError(
      'ERR_OPTION',
      `"datadog.apiKey" is ${given}; give it, or set DD_API_KEY. Keys are under Organization Settings, API Keys.`,
    );
  }
  for (const [name, value] of Object.entries({ instanceTag, spans })) {
    if (typeof value !== 'boolean') {
      throw new TelemetryError('ERR_OPTION', `"datadog.${name}" is ${JSON.stringify(value)}; give true or false.`);
    }
  }
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw new TelemetryError('ERR_OPTION', `"datadog.host" is ${JSON.stringify(host)}; give the name of a host.`);
  }
  return { apiKey, urls: urlsOf(options), host, tags: tagList('datadog', tags), instanceTag, spans };
}

function urlsOf({ site = process.env.DD_SITE ?? 'datadoghq.com', endpoint }: DatadogOptions): DatadogUrls {
  const url = (service: string, path: string): URL => new URL(path, endpoint ?? `https://${service}.${site}`);
  if (endpoint === undefined) checkSite(site);
  else if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"datadog.endpoint" is ${JSON.stringify(endpoint)}; give an address such as https://proxy.example.com.`,
    );
  }
  return {
    series: url('api', '/api/v2/series'),
    distributions: url('api', '/api/v1/distribution_points'),
    logs: url('http-intake.logs', '/api/v2/logs'),
    traces: url('otlp', '/v1/traces'),
  };
}
