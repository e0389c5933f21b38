import { requestMetadataJson, type Source } from '@telltale/detector-kit';
import { ecsMetadataUri, isEcs, isLambda } from './aws-environment.ts';

const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.account.id',
  'cloud.region',
  'cloud.availability_zone',
  'cloud.resource_id',
  'container.id',
  'container.name',
  'aws.ecs.container.arn',
  'aws.ecs.cluster.arn',
  'aws.ecs.launchtype',
  'aws.ecs.task.arn',
  'aws.ecs.task.id',
  'aws.ecs.task.family',
  'aws.ecs.task.revision',
  'aws.log.group.names',
  'aws.log.group.arns',
  'aws.log.stream.names',
  'aws.log.stream.arns',
] as const;
type Key = (typeof KEYS)[number];
type Attributes = Partial<Record<Key, unknown>>;

/**
 * A container of ECS, by version 4 of its task metadata endpoint. OpenTelemetry's detector never gives up an answer that comes byte by byte and keeps
 * the process alive meanwhile; says nothing at all in China and GovCloud, whose ARNs begin otherwise; and takes the host's name for the container's.
 */
export const ECS: Source<Key> = {
  name: 'aws_ecs',
  keys: KEYS,
  isPossible: () => isEcs(process.env) && !isLambda(process.env),
  ask: async (say, signal) => {
    // So much is certain, also when the endpoint is silent.
    say({ 'cloud.provider': 'aws', 'cloud.platform': 'aws_ecs' });
    const uri = ecsMetadataUri(process.env);
    if (uri === undefined || !URL.canParse(uri) || new URL(uri).protocol !== 'http:') return;
    const ask = async (path: string, read: (document: Document) => Attributes): Promise<void> =>
      say(read(await requestMetadataJson({ url: new URL(`${uri.replace(/\/+$/, '')}${path}`), signal })));
    await Promise.allSettled([ask('', ofContainer), ask('/task', ofTask)]);
  },
};

type Document = Readonly<Record<string, unknown>>;

interface Arn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** `arn:aws-cn:ecs:cn-north-1:111122223333:task/…` */
function arnOf(text: unknown): Arn | undefined {
  const match = typeof text === 'string' ? /^arn:(aws[\w-]*):ecs:([\w-]+):(\d+):/.exec(text) : null;
  if (match === null) return undefined;
  const [, partition = '', region = '', account = ''] = match;
  return { partition, region, account };
}

function ofTask({ TaskARN, Cluster, LaunchType, Family, Revision, AvailabilityZone }: Document): Attributes {
  const arn = arnOf(TaskARN);
  if (arn === undefined || typeof TaskARN !== 'string') return {};
  return {
    'cloud.account.id': arn.account,
    'cloud.region': arn.region,
    'cloud.availability_zone': AvailabilityZone,
    'aws.ecs.task.arn': TaskARN,
    'aws.ecs.task.id': TaskARN.slice(TaskARN.lastIndexOf('/') + 1),
    'aws.ecs.task.family': Family,
    'aws.ecs.task.revision': Revision,
    // On machines of EC2 it may be the name alone.
    'aws.ecs.cluster.arn':
      typeof Cluster !== 'string' || Cluster === '' || Cluster.startsWith('arn:')
        ? Cluster
        : `arn:${arn.partition}:ecs:${arn.region}:${arn.account}:cluster/${Cluster}`,
    ...(typeof LaunchType === 'string' && { 'aws.ecs.launchtype': LaunchType.toLowerCase() }),
  };
}

function ofContainer({ ContainerARN, DockerId, DockerName, LogDriver, LogOptions }: Document): Attributes {
  const arn = arnOf(ContainerARN);
  return {
    'container.id': DockerId,
    'container.name': DockerName,
    ...(arn !== undefined && {
      'aws.ecs.container.arn': ContainerARN,
      'cloud.resource_id': ContainerARN,
      'cloud.account.id': arn.account,
      'cloud.region': arn.region,
      ...(LogDriver === 'awslogs' && ofLogs(LogOptions, arn)),
    }),
  };
}

/** Where the container's standard output goes. */
function ofLogs(options: unknown, { partition, region, account }: Arn): Attributes {
  if (typeof options !== 'object' || options === null) return {};
  const {
    'awslogs-group': group,
    'awslogs-stream': stream,
    'awslogs-region': logsRegion = region,
  } = options as Document;
  if (typeof group !== 'string' || typeof logsRegion !== 'string') return {};
  const arn = `arn:${partition}:logs:${logsRegion}:${account}:log-group:${group}`;
  return {
    'aws.log.group.names': [group],
    'aws.log.group.arns': [arn],
    ...(typeof stream === 'string' && {
      'aws.log.stream.names': [stream],
      'aws.log.stream.arns': [`${arn}:log-stream:${stream}`],
    }),
  };
}
