/** All that may be found, whatever the platform. */
export const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.account.id',
  'cloud.region',
  'cloud.availability_zone',
  'host.id',
  'host.name',
  'host.type',
  'k8s.cluster.name',
  'faas.name',
  'faas.version',
  'faas.instance',
  'gcp.cloud_run.job.execution',
  'gcp.cloud_run.job.task_index',
] as const;
export type Key = (typeof KEYS)[number];
