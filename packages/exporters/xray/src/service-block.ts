import type { FinishedSpan, Resource } from '@telltale/core';
import { perResource } from '@telltale/exporter-kit';
import { documentName } from './names.ts';
import type { SpanValues } from './span-values.ts';

/** By `cloud.platform`, as X-Ray knows them: icons of the map, and the consoles that it leads to. */
const ORIGINS: Readonly<Record<string, string>> = {
  aws_ec2: 'AWS::EC2::Instance',
  aws_ecs: 'AWS::ECS::Container',
  aws_eks: 'AWS::EKS::Container',
  aws_elastic_beanstalk: 'AWS::ElasticBeanstalk::Environment',
  aws_app_runner: 'AWS::AppRunner::Service',
};

/** What all segments of a service say of it. */
export const serviceFields = perResource((resource) => {
  const { 'service.name': name, 'service.version': version } = resource.attributes;
  const aws = awsOfService(resource);
  return {
    name: documentName(String(name ?? 'unknown_service')),
    origin: originOf(resource),
    ...(version !== undefined && { service: { version: String(version) } }),
    ...(Object.keys(aws).length > 0 && { aws }),
  };
});

/** Where the service runs. */
function originOf({ attributes }: Resource): string | undefined {
  const launched = attributes['aws.ecs.launchtype'];
  if (launched === 'fargate') return 'AWS::ECS::Fargate';
  if (launched === 'ec2') return 'AWS::ECS::EC2';
  return ORIGINS[String(attributes['cloud.platform'])];
}

/** What X-Ray has fields for of where a service runs, and of who wrote this. */
function awsOfService({ attributes }: Resource): Readonly<Record<string, unknown>> {
  const group = (fields: Readonly<Record<string, string>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([field, key]) =>
        attributes[key] === undefined ? [] : [[field, attributes[key]]],
      ),
    );
  const groups = {
    ec2: group({ instance_id: 'host.id', availability_zone: 'cloud.availability_zone' }),
    ecs: group({ container: 'container.name', container_id: 'container.id', task_arn: 'aws.ecs.task.arn' }),
    eks: group({ cluster_name: 'k8s.cluster.name', pod: 'k8s.pod.name' }),
    xray: group({ sdk: 'telemetry.sdk.name', sdk_version: 'telemetry.sdk.version' }),
  };
  const platform = String(attributes['cloud.platform']);
  const fits: Readonly<Record<string, boolean>> = {
    ec2: platform === 'aws_ec2',
    ecs: platform === 'aws_ecs',
    eks: platform === 'aws_eks',
    xray: true,
  };
  return Object.fromEntries([
    ...Object.entries(group({ account_id: 'cloud.account.id' })),
    ...Object.entries(groups).filter(([name, fields]) => fits[name] && Object.keys(fields).length > 0),
  ]);
}

/** What X-Ray has fields for of a call of a service of AWS. */
export function awsOfCall(values: SpanValues): Readonly<Record<string, unknown>> {
  const fields = {
    operation: values.text('rpc.method'),
    region: values.text('cloud.region', 'aws.region'),
    request_id: values.text('aws.request_id', 'aws.requestId'),
    queue_url: values.text('aws.sqs.queue.url', 'aws.queue_url'),
    table_name: values.text('aws.dynamodb.table_names', 'aws.table_name'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Whether the span is a call of a service of AWS by its SDK. */
export function isAwsCall({ attributes }: FinishedSpan): boolean {
  return attributes['rpc.system'] === 'aws-api' || attributes['rpc.system.name'] === 'aws-api';
}
