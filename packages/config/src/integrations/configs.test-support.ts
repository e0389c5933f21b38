import * as core from '@telltale/core';
import * as diskSpool from '@telltale/disk-spool';
import * as azureMonitor from '@telltale/exporter-azure-monitor';
import * as cloudwatch from '@telltale/exporter-cloudwatch';
import * as cloudwatchLogs from '@telltale/exporter-cloudwatch-logs';
import * as datadog from '@telltale/exporter-datadog';
import * as googleCloud from '@telltale/exporter-google-cloud';
import * as newrelic from '@telltale/exporter-newrelic';
import * as otlp from '@telltale/exporter-otlp';
import * as prometheus from '@telltale/exporter-prometheus';
import * as remoteWrite from '@telltale/exporter-prometheus/remote-write';
import * as splunk from '@telltale/exporter-splunk';
import * as statsd from '@telltale/exporter-statsd';
import * as xray from '@telltale/exporter-xray';
import * as zipkin from '@telltale/exporter-zipkin';
import type { LoadPackage } from '../integration.ts';
import type { IntegrationType } from './integrations.ts';

type Config = Readonly<Record<string, unknown>>;

const PACKAGES: Readonly<Record<string, object>> = {
  '@telltale/core': core,
  '@telltale/disk-spool': diskSpool,
  '@telltale/exporter-azure-monitor': azureMonitor,
  '@telltale/exporter-cloudwatch': cloudwatch,
  '@telltale/exporter-cloudwatch-logs': cloudwatchLogs,
  '@telltale/exporter-datadog': datadog,
  '@telltale/exporter-google-cloud': googleCloud,
  '@telltale/exporter-newrelic': newrelic,
  '@telltale/exporter-otlp': otlp,
  '@telltale/exporter-prometheus': prometheus,
  '@telltale/exporter-prometheus/remote-write': remoteWrite,
  '@telltale/exporter-splunk': splunk,
  '@telltale/exporter-statsd': statsd,
  '@telltale/exporter-xray': xray,
  '@telltale/exporter-zipkin': zipkin,
};

/** Every package is there, as this test's own modules, so that there is one core. */
export const loadHere: LoadPackage = (name) => {
  const found = PACKAGES[name];
  if (found === undefined) throw new core.TelemetryError('ERR_EXPORTER', `${name} is not installed.`);
  return found as Readonly<Record<string, unknown>>;
};

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const AWS = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
  endpoint: 'http://localhost:4566',
};
const NAMES = {
  namespace: 'Shop/orders',
  dimensions: { Stage: 'prod' },
  resourceDimensions: ['service.name'],
  naming: 'pascal',
  highResolution: true,
};
const KEY = 'InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://eu.example.com/';

/** Of each type: the least that must be said, the same in code, and what says everything, in as many as exclude each other. */
export const CONFIGS: Readonly<
  Record<
    IntegrationType,
    { readonly least: Config; readonly inCode: () => core.Exporter; readonly full: readonly Config[] }
  >
> = {
  prometheus: {
    least: {},
    inCode: () => prometheus.prometheus({ host: 'localhost', port: 9464 }),
    full: [
      {
        port: 0,
        host: '127.0.0.1',
        path: '/telemetry',
        prefix: 'shop',
        labels: { stage: 'prod' },
        targetInfo: false,
        scopeLabels: true,
        created: true,
        translation: 'NoTranslation',
      },
    ],
  },
  prometheus_remote_write: {
    least: { url: 'http://localhost:9090/api/v1/write' },
    inCode: () => remoteWrite.remoteWrite({ url: 'http://localhost:9090/api/v1/write' }),
    full: [
      {
        url: 'http://localhost:9090/api/v1/write',
        protocol: '1.0',
        headers: { 'x-scope-orgid': 'shop' },
        basicAuth: { username: 'u', password: 'p' },
        labels: { stage: 'prod' },
        nativeHistograms: false,
      },
      { url: 'http://localhost:9090/api/v1/write', bearerToken: 't' },
    ],
  },
  console: { least: {}, inCode: () => core.consoleExporter(), full: [{ colour: false }] },
  otlp: {
    least: {},
    inCode: () => otlp.otlp(),
    full: [
      {
        url: { metrics: 'http://localhost/m', spans: 'http://localhost/s', events: 'http://localhost/e' },
        protocol: 'http/json',
        headers: { authorization: 'Bearer x' },
        compression: 'none',
        temporality: 'delta',
        limits: {
          bytes: 1000,
          compressedBytes: 900,
          items: 10,
          metrics: { bytes: 500, compressedBytes: 400, items: 5 },
          spans: { items: 4 },
          events: { items: 3 },
        },
        ca: PEM,
        summaries: 'gauges',
        backend: 'otlp',
        credentials: 'check API_KEY',
      },
      { url: 'https://collector.example.com' },
    ],
  },
  grafana_cloud: {
    least: { instanceId: 123, token: 't', zone: 'prod-eu-west-0' },
    inCode: () => otlp.grafanaCloud({ instanceId: 123, token: 't', zone: 'prod-eu-west-0' }),
    full: [{ instanceId: '123', token: 't', zone: 'prod-eu-west-0', url: 'https://gateway.example.com/otlp' }],
  },
  honeycomb: {
    least: { apiKey: 'k' },
    inCode: () => otlp.honeycomb({ apiKey: 'k' }),
    full: [
      { apiKey: 'k', dataset: 'shop', region: 'eu', temporality: 'cumulative', url: 'https://refinery.example.com' },
    ],
  },
  jaeger: {
    least: {},
    inCode: () => otlp.jaeger(),
    full: [{ url: 'http://jaeger:4318', headers: { authorization: 'Bearer x' } }],
  },
  lightstep: {
    least: { accessToken: 't' },
    inCode: () => otlp.lightstep({ accessToken: 't' }),
    full: [{ accessToken: 't', region: 'eu', temporality: 'delta', url: 'https://satellite.example.com' }],
  },
  dynatrace: {
    least: { environment: 'abc12345', token: 't' },
    inCode: () => otlp.dynatrace({ environment: 'abc12345', token: 't' }),
    full: [{ environment: 'abc12345', token: 't', url: 'https://gate.example.com/e/abc12345/api/v2/otlp' }],
  },
  zipkin: {
    least: {},
    inCode: () => zipkin.zipkin(),
    full: [{ url: 'http://zipkin:9411/api/v2/spans', headers: { authorization: 'Bearer x' }, traceIdBits: 64 }],
  },
  newrelic: {
    least: { licenseKey: 'k' },
    inCode: () => newrelic.newrelic({ licenseKey: 'k' }),
    full: [{ licenseKey: 'eu01k', region: 'eu', url: 'https://proxy.example.com' }],
  },
  aws_cloudwatch: {
    least: { namespace: 'Shop' },
    inCode: () => cloudwatch.cloudwatch({ namespace: 'Shop' }),
    full: [{ ...NAMES, ...AWS }],
  },
  aws_cloudwatch_emf: {
    least: { namespace: 'Shop' },
    inCode: () => cloudwatch.emf({ namespace: 'Shop' }),
    full: [
      {
        ...NAMES,
        properties: ['order.id'],
        fields: { functionVersion: '7', cold: true, memory: 128 },
        logGroup: '/shop',
        logStream: 'one',
      },
    ],
  },
  aws_cloudwatch_logs: {
    least: { logGroup: '/shop/events' },
    inCode: () => cloudwatchLogs.cloudwatchLogs({ logGroup: '/shop/events' }),
    full: [
      {
        logGroup: '/shop/events',
        logStream: 'one',
        retentionInDays: 30,
        resourceAttributes: ['service.name'],
        ...AWS,
      },
    ],
  },
  aws_xray: {
    least: {},
    inCode: () => xray.xray(),
    full: [
      { through: 'segments', annotations: ['http.route'], origin: 'AWS::ECS::Fargate', ...AWS },
      { through: 'otlp', ...AWS },
    ],
  },
  azure_monitor: {
    least: { connectionString: KEY },
    inCode: () => azureMonitor.azureMonitor({ connectionString: KEY }),
    full: [
      {
        connectionString: KEY,
        managedIdentity: { clientId: 'id' },
        resourceAttributes: ['service.version'],
        buckets: false,
      },
      { instrumentationKey: '00000000-0000-0000-0000-000000000001', managedIdentity: true },
    ],
  },
  google_cloud: {
    least: { projectId: 'shop' },
    inCode: () => googleCloud.googleCloud({ projectId: 'shop' }),
    full: [
      {
        projectId: 'shop',
        keyFile: 'key.json',
        metricPrefix: 'custom.googleapis.com/shop',
        monitoredResource: { type: 'k8s_container', labels: { pod: 'a' } },
        resourceAttributes: ['service.name'],
        integers: ['orders'],
        endpoint: 'https://monitoring.example.com',
        tracesEndpoint: 'https://telemetry.example.com/v1/traces',
      },
      { projectId: 'shop', credentials: { type: 'service_account', client_email: 'a@b.c', private_key: 'x' } },
    ],
  },
  datadog: {
    least: { apiKey: 'k' },
    inCode: () => datadog.datadog({ apiKey: 'k' }),
    full: [
      {
        apiKey: 'k',
        site: 'datadoghq.eu',
        host: 'web-1',
        tags: { team: 'payments' },
        instanceTag: false,
        spans: true,
      },
      { apiKey: 'k', endpoint: 'https://proxy.example.com' },
    ],
  },
  dogstatsd: {
    least: {},
    inCode: () => datadog.dogstatsd(),
    full: [{ host: 'agent', port: 8126, protocol: 'tcp', maxDatagram: 4096, tags: { team: 'payments' } }],
  },
  statsd: {
    least: {},
    inCode: () => statsd.statsd(),
    full: [
      {
        host: 'daemon',
        port: 8126,
        protocol: 'tcp',
        dialect: 'graphite',
        maxDatagram: 4096,
        tags: { team: 'payments' },
        timerSamples: 10,
      },
    ],
  },
  splunk: {
    least: { url: 'https://splunk.example.com:8088', token: 't' },
    inCode: () => splunk.splunk({ url: 'https://splunk.example.com:8088', token: 't' }),
    full: [
      {
        url: 'https://splunk.example.com:8088',
        token: 't',
        index: { metrics: 'm', spans: 'e', events: 'e' },
        source: 'shop',
        sourcetype: 'shop',
        host: 'web-1',
        resourceAttributes: ['service.name'],
        quantiles: [0.5, 0.99],
        buckets: true,
        ca: PEM,
      },
    ],
  },
};
