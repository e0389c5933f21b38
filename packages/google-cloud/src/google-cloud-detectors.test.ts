import { gcpDetector } from '@opentelemetry/resource-detector-gcp';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ManualClock } from '@telltale/testing';
import { detected, type GceMetadata, type GceValues, openGceMetadata } from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GOOGLE_CLOUD } from './google-cloud-source.ts';
import { googleCloudDetectors } from './index.ts';

/** Time does not pass: a busy machine finds as much as another. */
const clock = new ManualClock();
const servers: GceMetadata[] = [];
beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(GCE|GAE|K|CLOUD_RUN|KUBERNETES|FUNCTION|METADATA_SERVER)_/.test(name)) vi.stubEnv(name, undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});

async function open(values?: GceValues): Promise<GceMetadata> {
  const server = await openGceMetadata(values);
  servers.push(server);
  vi.stubEnv('GCE_METADATA_HOST', server.host);
  return server;
}
/** Only machines have these. */
const NO_MACHINE: GceValues = { 'instance/machine-type': null, 'instance/name': null };
const CLUSTER: GceValues = {
  'instance/attributes/cluster-name': 'shop',
  'instance/attributes/cluster-location': 'europe-west1',
};
const GOOGLE = { 'cloud.provider': 'gcp', 'cloud.account.id': 'shop-314159' };
const SERVICE = { K_SERVICE: 'checkout', K_REVISION: 'checkout-00042-bup', K_CONFIGURATION: 'checkout' };

interface Platform {
  readonly env?: Readonly<Record<string, string>>;
  readonly values?: GceValues;
  readonly found: Readonly<Record<string, unknown>>;
  /** Where OpenTelemetry's detector is of another opinion. */
  readonly theirs?: Readonly<Record<string, unknown>>;
}

const PLATFORMS: Readonly<Record<string, Platform>> = {
  'Compute Engine': {
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_compute_engine',
      'cloud.region': 'europe-west1',
      'cloud.availability_zone': 'europe-west1-b',
      'host.id': '4520031799277581759',
      'host.name': 'checkout-1',
      'host.type': 'e2-medium',
    },
    // The whole path.
    theirs: { 'host.type': 'projects/123456789012/machineTypes/e2-medium' },
  },
  'GKE, a regional cluster': {
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    values: { ...NO_MACHINE, ...CLUSTER },
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_kubernetes_engine',
      'cloud.region': 'europe-west1',
      'k8s.cluster.name': 'shop',
      'host.id': '4520031799277581759',
    },
  },
  'GKE, a cluster of one zone': {
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    values: { ...NO_MACHINE, ...CLUSTER, 'instance/attributes/cluster-location': 'europe-west1-b' },
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_kubernetes_engine',
      'cloud.availability_zone': 'europe-west1-b',
      'k8s.cluster.name': 'shop',
      'host.id': '4520031799277581759',
    },
  },
  'Cloud Run': {
    env: SERVICE,
    values: { ...NO_MACHINE, 'instance/id': '00bf4bf02d41a9f4' },
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_cloud_run',
      'cloud.region': 'europe-west1',
      'faas.name': 'checkout',
      'faas.version': 'checkout-00042-bup',
      'faas.instance': '00bf4bf02d41a9f4',
    },
  },
  'Cloud Run functions': {
    env: { ...SERVICE, FUNCTION_TARGET: 'charge' },
    values: { ...NO_MACHINE, 'instance/id': '00bf4bf02d41a9f4' },
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_cloud_functions',
      'cloud.region': 'europe-west1',
      'faas.name': 'checkout',
      'faas.version': 'checkout-00042-bup',
      'faas.instance': '00bf4bf02d41a9f4',
    },
  },
  'App Engine, standard': {
    env: { GAE_ENV: 'standard', GAE_SERVICE: 'checkout', GAE_VERSION: '20261123t1', GAE_INSTANCE: '00c61b11' },
    values: NO_MACHINE,
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_app_engine',
      'cloud.region': 'europe-west1',
      'cloud.availability_zone': 'europe-west1-b',
      'faas.name': 'checkout',
      'faas.version': '20261123t1',
      'faas.instance': '00c61b11',
    },
  },
  'App Engine, flexible': {
    env: { GAE_SERVICE: 'checkout', GAE_VERSION: '20261123t1', GAE_INSTANCE: '00c61b11' },
    values: { 'instance/region': null },
    found: {
      ...GOOGLE,
      'cloud.platform': 'gcp_app_engine',
      'cloud.region': 'europe-west1',
      'cloud.availability_zone': 'europe-west1-b',
      'faas.name': 'checkout',
      'faas.version': '20261123t1',
      'faas.instance': '00c61b11',
    },
  },
};

describe.each(Object.entries(PLATFORMS))('on %s', (_name, { env = {}, values, found, theirs = {} }) => {
  beforeEach(async () => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await open(values);
  });

  it('finds where it is', async () => {
    expect(await detected(googleCloudDetectors({ clock }))).toEqual(found);
  });

  it("finds what OpenTelemetry's detector finds", async () => {
    expect(await detected([gcpDetector])).toEqual({ ...found, ...theirs });
  });
});

describe('on Google Cloud', () => {
  it("finds a job of Cloud Run, which OpenTelemetry's detector does not know", async () => {
    vi.stubEnv('CLOUD_RUN_JOB', 'nightly');
    vi.stubEnv('CLOUD_RUN_EXECUTION', 'nightly-x7k2p');
    vi.stubEnv('CLOUD_RUN_TASK_INDEX', '3');
    await open({ ...NO_MACHINE, 'instance/id': '00bf4bf02d41a9f4' });
    expect(await detected(googleCloudDetectors({ clock }))).toEqual({
      ...GOOGLE,
      'cloud.platform': 'gcp_cloud_run',
      'cloud.region': 'europe-west1',
      'faas.name': 'nightly',
      'faas.instance': '00bf4bf02d41a9f4',
      'gcp.cloud_run.job.execution': 'nightly-x7k2p',
      'gcp.cloud_run.job.task_index': 3,
    });
  });

  it("finds the machine under a cluster that is not Google's", async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    await open();
    expect(await detected(googleCloudDetectors({ clock }))).toEqual({ ...GOOGLE, 'host.id': '4520031799277581759' });
  });

  it.each(['GCE_METADATA_HOST', 'GCE_METADATA_IP'])('asks at %s, with or without a scheme', async (name) => {
    const { host } = await open();
    vi.stubEnv('GCE_METADATA_HOST', undefined);
    for (const address of [host, `http://${host}`, `http://${host}/`]) {
      vi.stubEnv(name, address);
      expect(await detected(googleCloudDetectors({ clock }))).toMatchObject(GOOGLE);
    }
  });

  it('does not ask when METADATA_SERVER_DETECTION is none', async () => {
    const { server } = await open();
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    expect(await detected(googleCloudDetectors({ clock }))).toEqual({});
    expect(server.requests()).toBe(0);
  });

  it.each(['no host', 'https://127.0.0.1:1'])(
    'does not ask at what is no address of such a server: %s',
    async (address) => {
      vi.stubEnv('GCE_METADATA_HOST', address);
      expect(GOOGLE_CLOUD.isPossible()).toBe(false);
    },
  );

  it('takes Knative elsewhere, and a function that is tried out at home, for what they are', async () => {
    for (const [name, value] of Object.entries({ ...SERVICE, FUNCTION_TARGET: 'charge' })) vi.stubEnv(name, value);
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:1');
    expect(await detected(googleCloudDetectors({ clock }))).toEqual({});
  });

  it("uses the names of OpenTelemetry's conventions", () => {
    const known: readonly unknown[] = Object.values(conventions);
    expect(GOOGLE_CLOUD.keys.filter((key) => !known.includes(key))).toEqual([]);
  });
});
