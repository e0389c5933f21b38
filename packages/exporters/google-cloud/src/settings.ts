import { TelemetryError } from '@telltale/core';
import { checkExporterOptions } from '@telltale/exporter-kit';
import type { GoogleCloudOptions } from './google-cloud-options.ts';

const OWN = [
  'projectId',
  'keyFile',
  'credentials',
  'auth',
  'getAccessToken',
  'metricPrefix',
  'monitoredResource',
  'resourceAttributes',
  'integers',
  'endpoint',
  'tracesEndpoint',
] as const satisfies readonly (keyof GoogleCloudOptions)[];
/** Seconds: "Quotas and limits" of Cloud Monitoring, the least between two points of a series. */
const MIN_INTERVAL = 5;
const METRIC_PREFIX = /^(?:custom|workload|external)\.googleapis\.com(?:\/[a-zA-Z][\w.]*)*$/;
/** Two services, or two processes, must not write one series, whatever resource they are told to be of. */
const APART = ['service.name', 'service.instance.id'];

/** Options with defaults, checked. */
export interface Settings {
  readonly projectId: string | undefined;
  readonly metricPrefix: string;
  readonly monitoredResource: GoogleCloudOptions['monitoredResource'];
  readonly resourceAttributes: readonly string[];
  readonly integers: readonly string[];
  readonly endpoint: URL;
  readonly tracesEndpoint: URL;
}

/** Throws `ERR_OPTION` for what cannot be. */
export function settingsOf(options: GoogleCloudOptions): Settings {
  checkExporterOptions('googleCloud', options, OWN);
  const { metricPrefix = 'workload.googleapis.com', monitoredResource, integers = [] } = options;
  const { resourceAttributes = monitoredResource === undefined ? [] : APART } = options;
  const projectId = options.projectId ?? process.env.GOOGLE_CLOUD_PROJECT ?? process.env.GCLOUD_PROJECT;
  checkProject(projectId, options);
  checkCredentials(options);
  checkInterval(options.interval);
  if (typeof metricPrefix !== 'string' || !METRIC_PREFIX.test(metricPrefix)) {
    throw wrong(
      'metricPrefix',
      metricPrefix,
      'give `workload.googleapis.com` or `custom.googleapis.com`, with a path if you like, and no slash at the end',
    );
  }
  checkResource(monitoredResource);
  checkTexts('resourceAttributes', resourceAttributes);
  checkTexts('integers', integers);
  return {
    projectId,
    metricPrefix,
    monitoredResource,
    resourceAttributes,
    integers,
    endpoint: urlOf('endpoint', options.endpoint ?? 'https://monitoring.googleapis.com'),
    tracesEndpoint: urlOf('tracesEndpoint', options.tracesEndpoint ?? 'https://telemetry.googleapis.com/v1/traces'),
  };
}

function checkProject(projectId: unknown, { getAccessToken }: GoogleCloudOptions): void {
  if (projectId === undefined) {
    if (getAccessToken === undefined) return;
    throw new TelemetryError(
      'ERR_OPTION',
      '"googleCloud.getAccessToken" is given without a project; give `projectId` or set GOOGLE_CLOUD_PROJECT.',
    );
  }
  if (typeof projectId !== 'string' || !/^[\w.:-]+$/.test(projectId)) {
    throw wrong('projectId', projectId, 'give the id of the project, such as `my-project-123`');
  }
}

function checkCredentials(options: GoogleCloudOptions): void {
  const given = (['keyFile', 'credentials', 'auth', 'getAccessToken'] as const).filter(
    (key) => options[key] !== undefined,
  );
  if (given.length > 1) {
    throw new TelemetryError(
      'ERR_OPTION',
      `googleCloud() is given ${given.map((key) => `\`${key}\``).join(' and ')}; give one of them, or none for Application Default Credentials.`,
    );
  }
  const { keyFile, credentials, auth, getAccessToken } = options;
  if (keyFile !== undefined && (typeof keyFile !== 'string' || keyFile === '')) {
    throw wrong('keyFile', keyFile, 'give the path of a JSON key of a service account');
  }
  if (credentials !== undefined && (typeof credentials !== 'object' || credentials === null)) {
    throw wrong('credentials', credentials, 'give the object that a JSON key of a service account holds');
  }
  if (auth !== undefined && typeof auth?.getRequestHeaders !== 'function') {
    throw wrong('auth', auth, 'give a GoogleAuth of google-auth-library');
  }
  if (getAccessToken !== undefined && typeof getAccessToken !== 'function') {
    throw wrong('getAccessToken', getAccessToken, 'give a function that resolves with an access token');
  }
}

function checkInterval(interval: GoogleCloudOptions['interval']): void {
  const seconds = typeof interval === 'number' ? interval : interval?.metrics;
  if (seconds === undefined || seconds >= MIN_INTERVAL) return;
  throw wrong(
    typeof interval === 'number' ? 'interval' : 'interval.metrics',
    seconds,
    `Cloud Monitoring takes a point of a series every ${MIN_INTERVAL} s at most; give ${MIN_INTERVAL} or more${typeof interval === 'number' ? ', or { spans: … } for spans alone' : ''}`,
  );
}

function checkResource(resource: GoogleCloudOptions['monitoredResource']): void {
  if (resource === undefined || typeof resource === 'function') return;
  const labels = resource?.labels;
  const fits =
    typeof resource?.type === 'string' &&
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((value) => typeof value === 'string');
  if (!fits) {
    throw wrong(
      'monitoredResource',
      resource,
      "give { type: 'k8s_container', labels: { … } } with texts, or a function of the service's resource that gives that",
    );
  }
}

function checkTexts(option: string, given: unknown): void {
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return;
  throw wrong(option, given, 'give an array of texts');
}

function urlOf(option: string, given: unknown): URL {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw wrong(option, given, 'give an address that begins with https://');
}

function wrong(option: string, given: unknown, mend: string): TelemetryError {
  return new TelemetryError('ERR_OPTION', `"googleCloud.${option}" is ${JSON.stringify(given)}; ${mend}.`);
}
