import { randomUUID } from 'node:crypto';
import type { Resource } from '@telltale/core';

/** What the time series are of, as Cloud Monitoring names it. */
export interface MonitoredResource {
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Attributes = Resource['attributes'];

/**
 * `generic_task` of a service: its labels tell processes apart, so that no two write one series, which Cloud Monitoring refuses. `own`: the
 * telemetry's service, whose instance all services of the process share.
 */
export class GenericTasks {
  /** For resources that say nothing of their instance. */
  private readonly instance = randomUUID();

  of(resource: Resource, own: Resource, projectId: string): MonitoredResource {
    const { attributes } = resource;
    return {
      type: 'generic_task',
      labels: {
        project_id: projectId,
        location: textOf(attributes, 'cloud.availability_zone', 'cloud.region') ?? 'global',
        namespace: textOf(attributes, 'service.namespace', 'deployment.environment.name') ?? '',
        job: textOf(attributes, 'service.name') ?? 'unknown_service',
        task_id: taskOf(attributes) ?? taskOf(own.attributes) ?? this.instance,
      },
    };
  }
}

function taskOf(attributes: Attributes): string | undefined {
  return textOf(attributes, 'service.instance.id', 'faas.instance');
}

function textOf(attributes: Attributes, ...keys: readonly string[]): string | undefined {
  const key = keys.find((one) => attributes[one] !== undefined && attributes[one] !== '');
  return key === undefined ? undefined : String(attributes[key]).toWellFormed();
}
