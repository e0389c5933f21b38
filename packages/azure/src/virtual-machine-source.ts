import { requestMetadataJson, type Source } from '@telltale/detector-kit';
import { isAzurePlatform } from './azure-platform-source.ts';

/** The last before `userData`, which is of no use here, can be 64 KB, and may be secret. */
const API_VERSION = '2020-09-01';
/** Bytes: a machine may have 50 tags, which are in it twice. */
const MAX_DOCUMENT = 64 * 1024;

const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.account.id',
  'cloud.region',
  'cloud.availability_zone',
  'cloud.resource_id',
  'host.id',
  'host.name',
  'host.type',
  'os.version',
  'azure.vm.scaleset.name',
  'azure.vm.sku',
] as const;

/**
 * A virtual machine, by Azure's Instance Metadata Service. OpenTelemetry's detector asks the one address that it knows, so that it could not be tested;
 * and once headers have come it waits for the rest without end, and keeps the process alive.
 */
export function virtualMachine(endpoint: URL): Source<(typeof KEYS)[number]> {
  return {
    name: 'azure_vm',
    keys: KEYS,
    // Those have no such service.
    isPossible: () => !isAzurePlatform(process.env),
    ask: async (say, signal) => {
      const compute = await requestMetadataJson({
        url: new URL(`/metadata/instance/compute?api-version=${API_VERSION}&format=json`, endpoint),
        headers: { Metadata: 'true' },
        limit: MAX_DOCUMENT,
        signal,
      });
      if (typeof compute.vmId !== 'string' || typeof compute.location !== 'string') return;
      say({
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.vm',
        'cloud.account.id': compute.subscriptionId,
        'cloud.region': compute.location,
        'cloud.availability_zone': compute.zone,
        'cloud.resource_id': compute.resourceId,
        'host.id': compute.vmId,
        'host.name': compute.name,
        'host.type': compute.vmSize,
        'os.version': compute.version,
        'azure.vm.scaleset.name': compute.vmScaleSetName,
        'azure.vm.sku': compute.sku,
      });
    },
  };
}
