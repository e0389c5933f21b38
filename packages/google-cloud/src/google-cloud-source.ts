import type { Source } from '@telltale/detector-kit';
import { KEYS, type Key } from './attribute-keys.ts';
import { MetadataServer, metadataServerUrl } from './metadata-server.ts';
import { platformOf } from './platform.ts';

/**
 * The metadata server that all of Google Cloud's platforms have. OpenTelemetry's detector asks it by `gcp-metadata`, which waits for up to 3 s and tries
 * again, keeps the process alive meanwhile, and writes a warning to the console when someone else answers, such as the login page of a network.
 */
export const GOOGLE_CLOUD: Source<Key> = {
  name: 'google_cloud',
  keys: KEYS,
  numbers: ['gcp.cloud_run.job.task_index'],
  // By the variable that Google's own libraries know: no server, or none to be asked.
  isPossible: () =>
    process.env.METADATA_SERVER_DETECTION?.trim().toLowerCase() !== 'none' &&
    metadataServerUrl(process.env) !== undefined,
  ask: async (say, signal) => {
    const url = metadataServerUrl(process.env);
    if (url === undefined) return;
    const server = new MetadataServer(url, signal);
    const answers = platformOf(process.env).map(async ({ path, read }) => {
      const value = await server.value(path);
      // Every value that comes is from Google: others do not have its header.
      say({ 'cloud.provider': 'gcp', ...read(value) });
    });
    await Promise.allSettled(answers);
  },
};
