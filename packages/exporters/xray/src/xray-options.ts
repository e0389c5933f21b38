import { TelemetryError } from '@telltale/core';
import {
  AWS_OPTIONS,
  type AwsOptions,
  checkAwsOptions,
  checkExporterOptions,
  type ExporterOptions,
} from '@telltale/exporter-kit';
import { DEFAULT_ANNOTATIONS } from './annotations.ts';
import type { DocumentSettings } from './documents.ts';
import { MAX_ANNOTATIONS } from './limits.ts';

export interface XrayOptions extends ExporterOptions, AwsOptions {
  /**
   * `segments` (default): PutTraceSegments, by `@aws-sdk/client-xray`. `otlp`: X-Ray's OTLP endpoint, which keeps spans whole, and for which Transaction
   * Search must be switched on.
   */
  readonly through?: 'segments' | 'otlp';
  /** Attributes of spans or of the service that become annotations, by which X-Ray finds traces; at most 50. All others become metadata. */
  readonly annotations?: readonly string[];
  /** Where the service runs, in X-Ray's words (`AWS::ECS::Fargate`); default: what `cloud.platform` of the service says. */
  readonly origin?: string;
}

const OWN = [...AWS_OPTIONS, 'through', 'annotations', 'origin'] as const satisfies readonly (keyof XrayOptions)[];

/** Throws `ERR_OPTION` for what cannot work, with what to write instead. */
export function checkXrayOptions(options: XrayOptions): DocumentSettings {
  checkExporterOptions('xray', options, OWN);
  checkAwsOptions('xray', options);
  const { through = 'segments', annotations = DEFAULT_ANNOTATIONS, origin } = options;
  if (through !== 'segments' && through !== 'otlp') {
    fail('through', `is ${JSON.stringify(through)}; give 'segments' or 'otlp'.`);
  }
  if (!Array.isArray(annotations) || annotations.some((name) => typeof name !== 'string' || name === '')) {
    fail('annotations', "must be an array of names of attributes, such as ['http.route'].");
  }
  if (annotations.length > MAX_ANNOTATIONS) {
    fail('annotations', `has ${annotations.length} names; X-Ray takes ${MAX_ANNOTATIONS} per trace.`);
  }
  if (origin !== undefined && (typeof origin !== 'string' || !/^AWS::\w+::\w+$/.test(origin))) {
    fail('origin', `is ${JSON.stringify(origin)}; give it as 'AWS::ECS::Fargate'.`);
  }
  if (through === 'otlp') {
    const idle = (['annotations', 'origin'] as const).find((key) => options[key] !== undefined);
    if (idle !== undefined) fail(idle, "is for segments; through 'otlp', all attributes arrive as they are.");
    if (options.client !== undefined)
      fail('client', "is for segments; through 'otlp', pass `region` and `credentials`.");
  }
  return { annotations, origin };
}

function fail(key: keyof XrayOptions, what: string): never {
  throw new TelemetryError('ERR_OPTION', `"xray.${key}" ${what}`);
}
