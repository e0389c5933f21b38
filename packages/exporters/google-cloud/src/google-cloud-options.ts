import type { Resource } from '@telltale/core';
import type { ExporterOptions } from '@telltale/exporter-kit';
import type { AuthorizationOptions } from './authorization.ts';
import type { MonitoredResource } from './monitored-resource.ts';

export interface GoogleCloudOptions extends ExporterOptions, AuthorizationOptions {
  /** Before the names of metrics; default `workload.googleapis.com`. `custom.googleapis.com` is the other usual one. */
  readonly metricPrefix?: string;
  /** What the series are of; default `generic_task`, with the process as its task. */
  readonly monitoredResource?: MonitoredResource | ((resource: Resource) => MonitoredResource);
  /** Attributes of the service that become labels of each series. Default none; with `monitoredResource`, `service.name` and `service.instance.id`. */
  readonly resourceAttributes?: readonly string[];
  /** Names of metrics whose type was made as INT64 by someone else: a type can never change. All others are DOUBLE. */
  readonly integers?: readonly string[];
  /** Default `https://monitoring.googleapis.com`. */
  readonly endpoint?: string;
  /** Default `https://telemetry.googleapis.com/v1/traces`. */
  readonly tracesEndpoint?: string;
}
