import type { Found } from '@telltale/detector-kit';
import type { Key } from './attribute-keys.ts';

/** A value of the metadata server and what it says. */
interface Question {
  readonly path: string;
  read(value: string): Found<Key>;
}

const PROJECT: Question = { path: 'project/project-id', read: (id) => ({ 'cloud.account.id': id }) };
const HOST_ID: Question = { path: 'instance/id', read: (id) => ({ 'host.id': id }) };
const REGION: Question = { path: 'instance/region', read: (region) => ({ 'cloud.region': lastOf(region) }) };
const ZONE: Question = { path: 'instance/zone', read: (zone) => ({ 'cloud.availability_zone': lastOf(zone) }) };
const ZONE_AND_REGION: Question = {
  path: 'instance/zone',
  read: (value) => {
    const zone = lastOf(value);
    return { 'cloud.availability_zone': zone, 'cloud.region': zone.slice(0, zone.lastIndexOf('-')) };
  },
};

/**
 * What to ask for on the platform that the environment shows. The variables count only along with an answer: Knative has those of Cloud Run, and whoever
 * tries out a function on his own machine has those of functions.
 */
export function platformOf(environment: NodeJS.ProcessEnv): readonly Question[] {
  const { CLOUD_RUN_JOB, FUNCTION_TARGET, GAE_ENV, GAE_SERVICE, K_CONFIGURATION, KUBERNETES_SERVICE_HOST } =
    environment;
  if (KUBERNETES_SERVICE_HOST !== undefined) return kubernetes();
  if (FUNCTION_TARGET !== undefined) return serverless('gcp_cloud_functions', service(environment));
  if (K_CONFIGURATION !== undefined) return serverless('gcp_cloud_run', service(environment));
  if (CLOUD_RUN_JOB !== undefined) return serverless('gcp_cloud_run', job(environment));
  if (GAE_SERVICE !== undefined) return appEngine(environment, GAE_ENV === 'standard');
  return [PROJECT, ...computeEngine()];
}

function computeEngine(): readonly Question[] {
  return [
    // Only machines have a type, so this is where they are told from other platforms.
    {
      path: 'instance/machine-type',
      read: (type) => ({ 'cloud.platform': 'gcp_compute_engine', 'host.type': lastOf(type) }),
    },
    { path: 'instance/name', read: (name) => ({ 'host.name': name }) },
    HOST_ID,
    ZONE_AND_REGION,
  ];
}

/** Clusters of others on machines of Google have no such attributes: of them it is known on which machine they are. */
function kubernetes(): readonly Question[] {
  const gke: Found<Key> = { 'cloud.platform': 'gcp_kubernetes_engine' };
  return [
    PROJECT,
    HOST_ID,
    { path: 'instance/attributes/cluster-name', read: (name) => ({ ...gke, 'k8s.cluster.name': name }) },
    {
      path: 'instance/attributes/cluster-location',
      // A region has one hyphen, the zone of a cluster that has but one has two.
      read: (place) => ({ [place.split('-').length > 2 ? 'cloud.availability_zone' : 'cloud.region']: place }),
    },
  ];
}

function serverless(platform: string, found: Found<Key>): readonly Question[] {
  return [
    { path: PROJECT.path, read: (id) => ({ ...PROJECT.read(id), 'cloud.platform': platform, ...found }) },
    { path: HOST_ID.path, read: (id) => ({ 'faas.instance': id }) },
    REGION,
  ];
}

function service({ K_SERVICE, K_REVISION }: NodeJS.ProcessEnv): Found<Key> {
  return { 'faas.name': K_SERVICE, 'faas.version': K_REVISION };
}

/** From "Container runtime contract" of Cloud Run. */
function job({ CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_INDEX }: NodeJS.ProcessEnv): Found<Key> {
  return {
    'faas.name': CLOUD_RUN_JOB,
    'gcp.cloud_run.job.execution': CLOUD_RUN_EXECUTION,
    ...(CLOUD_RUN_TASK_INDEX !== undefined && { 'gcp.cloud_run.job.task_index': Number(CLOUD_RUN_TASK_INDEX) }),
  };
}

function appEngine(environment: NodeJS.ProcessEnv, standard: boolean): readonly Question[] {
  const { GAE_SERVICE, GAE_VERSION, GAE_INSTANCE } = environment;
  const found: Found<Key> = {
    'cloud.platform': 'gcp_app_engine',
    'faas.name': GAE_SERVICE,
    'faas.version': GAE_VERSION,
    'faas.instance': GAE_INSTANCE,
  };
  return [
    { path: PROJECT.path, read: (id) => ({ ...PROJECT.read(id), ...found }) },
    ...(standard ? [ZONE, REGION] : [ZONE_AND_REGION]),
  ];
}

/** `projects/123456789012/zones/europe-west1-b` */
function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
