import {
  azureAksDetector,
  azureAppServiceDetector,
  azureContainerAppsDetector,
  azureFunctionsDetector,
} from '@opentelemetry/resource-detector-azure';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ManualClock } from '@telltale/testing';
import { type AzureMetadata, detected, openAzureMetadata } from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AZURE_PLATFORM } from './azure-platform-source.ts';
import { azureDetectors } from './index.ts';
import { virtualMachine } from './virtual-machine-source.ts';

/** Time does not pass: a busy machine finds as much as another. */
const clock = new ManualClock();
let metadata: AzureMetadata;
beforeEach(async () => {
  for (const name of Object.keys(process.env)) {
    if (/^(WEBSITE|FUNCTIONS|CONTAINER_APP|KUBERNETES|CLUSTER|REGION)_/.test(name)) vi.stubEnv(name, undefined);
  }
  metadata = await openAzureMetadata();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await metadata.close();
});

const MACHINE = {
  'cloud.provider': 'azure',
  'cloud.platform': 'azure.vm',
  'cloud.account.id': '8d10da13-8125-4ba9-a717-bf7490507b3d',
  'cloud.region': 'westeurope',
  'cloud.availability_zone': '1',
  'cloud.resource_id':
    '/subscriptions/8d10da13-8125-4ba9-a717-bf7490507b3d/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/checkout-1',
  'host.id': '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
  'host.name': 'checkout-1',
  'host.type': 'Standard_A3',
  'os.version': '22.04.202411120',
  'azure.vm.scaleset.name': 'checkouts',
  'azure.vm.sku': '22_04-lts-gen2',
};

describe('on a virtual machine of Azure', () => {
  it('finds the machine', async () => {
    expect(await detected(azureDetectors({ clock, endpoint: metadata.url }))).toEqual(MACHINE);
    expect(metadata.server.complaints).toEqual([]);
  });

  it('leaves out what is empty there, and takes a machine with many tags', async () => {
    const tagsList = Array.from({ length: 50 }, (_, i) => ({ name: `tag-${i}`.padEnd(400, '.'), value: 'v' }));
    const server = await openAzureMetadata({ vmScaleSetName: '', zone: '', tagsList });
    const { 'azure.vm.scaleset.name': _, 'cloud.availability_zone': __, ...rest } = MACHINE;
    expect(await detected(azureDetectors({ clock, endpoint: server.url }))).toEqual(rest);
    await server.close();
  });

  it.each([{ vmId: undefined }, { location: 7 }, { vmId: '<html>\n', location: null }])(
    'finds nothing in a document of something else: %j',
    async (compute) => {
      const server = await openAzureMetadata(compute);
      expect(await detected(azureDetectors({ clock, endpoint: server.url }))).toEqual({});
      await server.close();
    },
  );

  it.each(['nowhere', 'https://127.0.0.1', 'file:///etc/passwd'])('refuses %s as an address', (endpoint) => {
    expect(() => azureDetectors({ endpoint })).toThrow(
      `"azureDetectors.endpoint" is "${endpoint}"; give an address with http, such as http://169.254.169.254.`,
    );
  });
});

const SITE = {
  WEBSITE_SITE_NAME: 'checkout',
  WEBSITE_OWNER_NAME: '8d10da13-8125-4ba9-a717-bf7490507b3d+shop-WestEuropewebspace',
  WEBSITE_RESOURCE_GROUP: 'shop',
  WEBSITE_INSTANCE_ID: 'a1b2c3',
  REGION_NAME: 'westeurope',
};
const SITE_ID =
  '/subscriptions/8d10da13-8125-4ba9-a717-bf7490507b3d/resourceGroups/shop/providers/Microsoft.Web/sites/checkout';

const PLATFORMS = {
  'App Service': {
    env: {
      ...SITE,
      WEBSITE_HOSTNAME: 'checkout.azurewebsites.net',
      WEBSITE_SLOT_NAME: 'Production',
      WEBSITE_HOME_STAMPNAME: 'waws-prod-am2-1',
    },
    detector: azureAppServiceDetector,
    found: {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.app_service',
      'cloud.region': 'westeurope',
      'cloud.resource_id': SITE_ID,
      'deployment.environment.name': 'Production',
      'host.id': 'checkout.azurewebsites.net',
      'service.name': 'checkout',
      'service.instance.id': 'a1b2c3',
      'azure.app.service.stamp': 'waws-prod-am2-1',
    },
  },
  Functions: {
    env: { ...SITE, FUNCTIONS_EXTENSION_VERSION: '~4', WEBSITE_MEMORY_LIMIT_MB: '1536' },
    detector: azureFunctionsDetector,
    found: {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.functions',
      'cloud.region': 'westeurope',
      'cloud.resource_id': SITE_ID,
      'faas.instance': 'a1b2c3',
      // As the convention wants it: bytes.
      'faas.max_memory': 1536 * 1024 * 1024,
      'process.pid': process.pid,
      'service.name': 'checkout',
    },
    theirs: { 'faas.max_memory': '1536' },
  },
  'Container Apps': {
    env: {
      CONTAINER_APP_NAME: 'checkout',
      CONTAINER_APP_REVISION: 'checkout--20mh1s9',
      CONTAINER_APP_HOSTNAME: 'checkout--20mh1s9.proudwave.westeurope.azurecontainerapps.io',
      CONTAINER_APP_ENV_DNS_SUFFIX: 'proudwave.westeurope.azurecontainerapps.io',
      CONTAINER_APP_PORT: '8080',
      CONTAINER_APP_REPLICA_NAME: 'checkout--20mh1s9-86c8c4b497-zx9bq',
    },
    detector: azureContainerAppsDetector,
    found: {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.container_apps',
      'host.name': 'checkout--20mh1s9.proudwave.westeurope.azurecontainerapps.io',
      'azure.container_app.instance.id': 'checkout--20mh1s9-86c8c4b497-zx9bq',
      'azure.container_app.name': 'checkout',
      'azure.container_app.version': 'checkout--20mh1s9',
    },
  },
};

describe.each(Object.entries(PLATFORMS))('on %s', (_name, platform) => {
  beforeEach(() => {
    for (const [name, value] of Object.entries(platform.env)) vi.stubEnv(name, value);
  });

  it('finds where it is, and asks no metadata service', async () => {
    expect(await detected(azureDetectors({ clock, endpoint: metadata.url }))).toEqual(platform.found);
    expect(metadata.server.requests()).toBe(0);
  });

  it("finds what OpenTelemetry's detector finds", async () => {
    const theirs = 'theirs' in platform ? platform.theirs : {};
    expect(await detected([platform.detector])).toEqual({ ...platform.found, ...theirs });
  });
});

describe('on AKS', () => {
  const CLUSTER =
    '/subscriptions/8d10da13-8125-4ba9-a717-bf7490507b3d/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/shop-aks';

  it('finds the cluster, and the machine under it', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    vi.stubEnv('CLUSTER_RESOURCE_ID', CLUSTER);
    const cluster = {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.aks',
      'cloud.resource_id': CLUSTER,
      'k8s.cluster.name': 'shop-aks',
    };
    expect(await detected([azureAksDetector])).toEqual(cluster);
    expect(await detected(azureDetectors({ clock, endpoint: metadata.url }))).toEqual({ ...MACHINE, ...cluster });
  });

  it('finds the machine alone where nobody mounted what AKS says of the cluster', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    expect(await detected(azureDetectors({ clock, endpoint: metadata.url }))).toEqual(MACHINE);
  });
});

describe('the names', () => {
  it("are those of OpenTelemetry's conventions, and some that only its detectors of Azure have", () => {
    const known: readonly unknown[] = Object.values(conventions);
    const keys = [virtualMachine(new URL(metadata.url)), AZURE_PLATFORM].flatMap(
      (source): readonly string[] => source.keys,
    );
    expect(keys.filter((key) => !known.includes(key)).every((key) => key.startsWith('azure.'))).toBe(true);
  });
});
