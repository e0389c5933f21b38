import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsBeanstalkDetector, awsEcsDetector, awsLambdaDetector } from '@opentelemetry/resource-detector-aws';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { detectorOf } from '@telltale/detector-kit';
import { ManualClock } from '@telltale/testing';
import { detected, openBrokenServer, openEc2Metadata, openEcsMetadata } from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsDetectors } from '../index.ts';
import { BEANSTALK, beanstalkSource } from './beanstalk-source.ts';
import { EC2 } from './ec2-source.ts';
import { ECS } from './ecs-source.ts';
import { EKS, eksSource } from './eks-source.ts';
import { LAMBDA } from './lambda-source.ts';

/** Time does not pass: a busy machine finds as much as another. */
const clock = new ManualClock();
const servers: { close(): Promise<void> }[] = [];
function kept<Server extends { close(): Promise<void> }>(server: Server): Server {
  servers.push(server);
  return server;
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|ECS|KUBERNETES)_/.test(name)) vi.stubEnv(name, undefined);
  }
  // Nothing of these tests is to leave the machine.
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});

/** As the SDKs of AWS have it turned to another address. */
function onEc2(url: string): void {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', url);
}

const MACHINE = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ec2',
  'cloud.account.id': '123456789012',
  'cloud.region': 'eu-west-1',
  'cloud.availability_zone': 'eu-west-1b',
  'host.id': 'i-1234567890abcdef0',
  'host.type': 't3.micro',
  'host.name': 'ip-10-158-112-84.eu-west-1.compute.internal',
};

describe('on EC2', () => {
  it('finds the machine, with a token and in three requests', async () => {
    const metadata = kept(await openEc2Metadata());
    onEc2(metadata.url);
    expect(await detected(awsDetectors({ clock }))).toEqual(MACHINE);
    expect([metadata.log[0], ...metadata.log.slice(1).sort()]).toEqual([
      'PUT /latest/api/token 200',
      'GET /latest/dynamic/instance-identity/document 200',
      'GET /latest/meta-data/hostname 200',
    ]);
  });

  it.each(['http://127.0.0.1:PORT/', ' http://127.0.0.1:PORT ', 'http://localhost:PORT'])(
    'asks at the address of AWS_EC2_METADATA_SERVICE_ENDPOINT, written as %j',
    async (address) => {
      const metadata = kept(await openEc2Metadata());
      onEc2(address.replace('PORT', String(metadata.server.port)));
      expect(await detected(awsDetectors({ clock }))).toEqual(MACHINE);
    },
  );

  it('finds a machine without a name', async () => {
    const metadata = kept(await openEc2Metadata({ hostname: undefined }));
    onEc2(metadata.url);
    const { 'host.name': _, ...rest } = MACHINE;
    expect(await detected(awsDetectors({ clock }))).toEqual(rest);
  });

  it('has said what came when the name does not come', async () => {
    const metadata = kept(await openEc2Metadata({ silent: ['/latest/meta-data/hostname'] }));
    onEc2(metadata.url);
    const { 'host.name': _, ...rest } = MACHINE;
    const controller = new AbortController();
    let asking: Promise<void> | undefined;
    const said = await new Promise((resolve) => {
      asking = EC2.ask(resolve, controller.signal);
    });
    expect(said).toEqual(rest);
    controller.abort();
    await asking;
  });

  it('finds no name by itself', async () => {
    const metadata = kept(await openEc2Metadata({ identity: { region: 'eu-west-1' } }));
    onEc2(metadata.url);
    expect(await detected(awsDetectors({ clock }))).toEqual({});
  });

  it('finds nothing from a container when answers to tokens go one hop only', async () => {
    const metadata = kept(await openEc2Metadata({ hops: 2 }));
    onEc2(metadata.url);
    expect(await detected(awsDetectors({ timeout: 0.05 }))).toEqual({});
    const further = kept(await openEc2Metadata({ hops: 2, hopLimit: 2 }));
    onEc2(further.url);
    expect(await detected(awsDetectors({ clock }))).toEqual(MACHINE);
  });

  it.each([403, 404, 405, 500])(
    'takes an answer of %i to the token for "not here", and asks no more',
    async (status) => {
      const metadata = kept(await openEc2Metadata());
      metadata.server.answer(status, {}, Number.POSITIVE_INFINITY);
      onEc2(metadata.url);
      expect(await detected(awsDetectors({ clock }))).toEqual({});
      expect(metadata.server.requests()).toBe(1);
    },
  );

  it.each([
    ['AWS_EC2_METADATA_DISABLED', 'true'],
    ['AWS_EC2_METADATA_DISABLED', 'TRUE'],
    ['AWS_LAMBDA_FUNCTION_NAME', 'charge'],
    ['AWS_EXECUTION_ENV', 'AWS_ECS_FARGATE'],
    ['ECS_CONTAINER_METADATA_URI', 'http://127.0.0.1:1/v3/x'],
    ['ECS_CONTAINER_METADATA_URI_V4', 'http://127.0.0.1:1/v4/x'],
    ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'not an address'],
    ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'file:///etc/passwd'],
    ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'https://127.0.0.1:1'],
  ])('does not ask when %s is %s', async (name, value) => {
    const metadata = kept(await openEc2Metadata());
    onEc2(metadata.url);
    vi.stubEnv(name, value);
    await detected(awsDetectors({ timeout: 0.05 }));
    expect(metadata.server.requests()).toBe(0);
  });

  it('does not ask when AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'IPv5');
    expect(EC2.isPossible()).toBe(false);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'IPv6');
    expect(EC2.isPossible()).toBe(true);
  });
});

const CONTAINER =
  'arn:aws:ecs:us-west-2:111122223333:container/default/cd189a933e5849daa93386466019ab50/05966557-f16c-49cb-9352-24b3a0dcd0e1';
const OF_TASK = {
  'aws.ecs.cluster.arn': 'arn:aws:ecs:us-west-2:111122223333:cluster/default',
  'aws.ecs.launchtype': 'fargate',
  'aws.ecs.task.arn': 'arn:aws:ecs:us-west-2:111122223333:task/default/e9028f8d5d8e4f258373e7b93ce9a3c3',
  'aws.ecs.task.family': 'curltest',
  'aws.ecs.task.revision': '3',
  'cloud.availability_zone': 'us-west-2a',
};
/** What OpenTelemetry's detector finds, too. */
const COMMON = {
  ...OF_TASK,
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ecs',
  'cloud.account.id': '111122223333',
  'cloud.region': 'us-west-2',
  'cloud.resource_id': CONTAINER,
  'aws.ecs.container.arn': CONTAINER,
  'aws.log.group.names': ['/ecs/containerlogs'],
  'aws.log.group.arns': ['arn:aws:logs:us-west-2:111122223333:log-group:/ecs/containerlogs'],
  'aws.log.stream.names': ['ecs/curl/cd189a933e5849daa93386466019ab50'],
  'aws.log.stream.arns': [
    'arn:aws:logs:us-west-2:111122223333:log-group:/ecs/containerlogs:log-stream:ecs/curl/cd189a933e5849daa93386466019ab50',
  ],
};

describe('on ECS', () => {
  it('finds container and task', async () => {
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', kept(await openEcsMetadata()).url);
    expect(await detected(awsDetectors({ clock }))).toEqual({
      ...COMMON,
      'container.id': 'e9028f8d5d8e4f258373e7b93ce9a3c3-2495160603',
      'container.name': 'curl',
      'aws.ecs.task.id': 'e9028f8d5d8e4f258373e7b93ce9a3c3',
    });
  });

  it("finds what OpenTelemetry's detector finds, but for the container's name and id, which that has from the host", async () => {
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', kept(await openEcsMetadata()).url);
    const { 'container.name': _, 'container.id': __, ...theirs } = await detected([awsEcsDetector]);
    expect(theirs).toEqual(COMMON);
  });

  it('finds them in China and GovCloud, on machines of EC2, and with the older version', async () => {
    const task = {
      TaskARN: 'arn:aws-cn:ecs:cn-north-1:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
      Cluster: 'default',
      LaunchType: 'EC2',
    };
    const container = { ContainerARN: undefined, LogDriver: 'json-file', LogOptions: {} };
    vi.stubEnv('ECS_CONTAINER_METADATA_URI', `${kept(await openEcsMetadata({ container, task })).url}/`);
    expect(await detected(awsDetectors({ clock }))).toEqual({
      ...OF_TASK,
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ecs',
      'cloud.account.id': '111122223333',
      'cloud.region': 'cn-north-1',
      'container.id': 'e9028f8d5d8e4f258373e7b93ce9a3c3-2495160603',
      'container.name': 'curl',
      'aws.ecs.cluster.arn': 'arn:aws-cn:ecs:cn-north-1:111122223333:cluster/default',
      'aws.ecs.launchtype': 'ec2',
      'aws.ecs.task.arn': task.TaskARN,
      'aws.ecs.task.id': '158d1c8083dd49d6b527399fd6414f5c',
    });
  });

  it('names log groups with the partition, and a group without a stream', async () => {
    const container = {
      ContainerARN: 'arn:aws-us-gov:ecs:us-gov-west-1:111122223333:container/a/b/c',
      LogOptions: { 'awslogs-group': 'shop' },
    };
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', kept(await openEcsMetadata({ container })).url);
    const found = await detected(awsDetectors({ clock }));
    expect(found['aws.log.group.arns']).toEqual(['arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:shop']);
    expect(Object.keys(found).filter((key) => key.startsWith('aws.log.stream'))).toEqual([]);
  });

  it('finds the task when the container is not to be had', async () => {
    const metadata = kept(await openEcsMetadata({ container: { ContainerARN: 'x', DockerId: '\n', DockerName: 7 } }));
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', metadata.url);
    expect(await detected(awsDetectors({ clock }))).toEqual({
      ...OF_TASK,
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ecs',
      'cloud.account.id': '111122223333',
      'cloud.region': 'us-west-2',
      'aws.ecs.task.id': 'e9028f8d5d8e4f258373e7b93ce9a3c3',
    });
  });

  it('says so much when the endpoint is silent, or no address', async () => {
    const platform = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_ecs' };
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', kept(await openBrokenServer('hangs')).url);
    expect(await detected(awsDetectors({ timeout: 0.05 }))).toEqual(platform);
    for (const address of ['nowhere', 'ftp://127.0.0.1/']) {
      vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', address);
      expect(await detected(awsDetectors({ clock }))).toEqual(platform);
    }
  });
});

describe('on Lambda', () => {
  const FUNCTION = {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'charge',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/charge',
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/23/[$LATEST]0123456789abcdef',
  };

  it("finds the function, as OpenTelemetry's detector does", async () => {
    for (const [name, value] of Object.entries(FUNCTION)) vi.stubEnv(name, value);
    const found = await detected(awsDetectors({ clock }));
    expect(found).toEqual({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'eu-west-1',
      'faas.name': 'charge',
      'faas.version': '$LATEST',
      'faas.max_memory': 512 * 1024 * 1024,
      'faas.instance': '2026/11/23/[$LATEST]0123456789abcdef',
      'aws.log.group.names': ['/aws/lambda/charge'],
    });
    expect(found).toEqual(await detected([awsLambdaDetector]));
  });

  it('leaves out a size of memory that is none', async () => {
    vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
    expect(await detected(awsDetectors({ clock }))).toEqual({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_lambda',
    });
  });
});

describe('on EKS', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telltale-eks-'));
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.100.0.1');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function regionOf(token: string): Promise<Readonly<Record<string, unknown>>> {
    const file = join(folder, 'token');
    await writeFile(file, token);
    return detected([detectorOf(eksSource(file), { clock })]);
  }
  const tokenOf = (payload: string): string =>
    ['{"alg":"RS256"}', payload, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

  it.each([
    ['eu-west-1', 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF'],
    ['cn-north-1', 'https://oidc.eks.cn-north-1.amazonaws.com.cn/id/0123456789ABCDEF'],
    ['eu-west-2', 'https://oidc-eks.eu-west-2.api.aws/id/0123456789ABCDEF'],
  ])('finds %s by the issuer of the token', async (region, iss) => {
    expect(await regionOf(tokenOf(JSON.stringify({ iss })))).toEqual({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_eks',
      'cloud.region': region,
    });
  });

  it.each([
    tokenOf('{"iss":"https://container.googleapis.com/v1/projects/p/locations/l/clusters/c"}'),
    tokenOf('{"iss":"https://oidc.eks.eu-west-1.amazonaws.com.example.com/id/1"}'),
    tokenOf('{"iss":["https://oidc.eks.eu-west-1.amazonaws.com/id/1"]}'),
    tokenOf('null'),
    tokenOf('no JSON'),
    'no token',
    '',
    '\u0000'.repeat(100_000),
  ])('finds nothing by another: %#', async (token) => {
    expect(await regionOf(token)).toEqual({});
  });

  it('finds nothing where pods have no token', async () => {
    expect(await detected([detectorOf(eksSource(join(folder, 'none')), { clock })])).toEqual({});
  });

  it('finds the machine as well, and calls the platform EKS', async () => {
    onEc2(kept(await openEc2Metadata()).url);
    const file = join(folder, 'token');
    await writeFile(file, tokenOf('{"iss":"https://oidc.eks.eu-west-1.amazonaws.com/id/1"}'));
    const found = await detected([detectorOf(EC2, { clock }), detectorOf(eksSource(file), { clock })]);
    expect(found).toEqual({ ...MACHINE, 'cloud.platform': 'aws_eks' });
  });
});

describe('on Elastic Beanstalk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telltale-beanstalk-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('finds nothing elsewhere', async () => {
    expect(await detected([detectorOf(BEANSTALK, { clock })])).toEqual({});
  });

  it("takes what OpenTelemetry's detector finds, but for a service's name that is the platform's", async () => {
    const file = join(folder, 'environment.conf');
    await writeFile(file, '{"environment_name":"shop-prod","version_label":"app-5a56","deployment_id":32}');
    // It has the path in a property, as that is another one on Windows.
    const detector = awsBeanstalkDetector as unknown as { BEANSTALK_CONF_PATH: string };
    const path = detector.BEANSTALK_CONF_PATH;
    detector.BEANSTALK_CONF_PATH = file;
    const found = await detected([detectorOf(beanstalkSource(file), { clock })]);
    detector.BEANSTALK_CONF_PATH = path;
    expect(found).toEqual({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_elastic_beanstalk',
      'service.namespace': 'shop-prod',
      'service.version': 'app-5a56',
      'service.instance.id': '32',
    });
  });
});

describe('the names', () => {
  it("are those of OpenTelemetry's conventions", () => {
    const known: readonly unknown[] = Object.values(conventions);
    const keys = [EC2, ECS, EKS, LAMBDA, BEANSTALK].flatMap((source): readonly string[] => source.keys);
    expect(keys.filter((key) => !known.includes(key))).toEqual([]);
  });
});
