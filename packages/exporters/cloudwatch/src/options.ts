import { TelemetryError } from '@telltale/core';
import { MAX_DIMENSIONS } from './measurements.ts';
import { type Naming, Spelling, type SpellingOptions } from './spelling.ts';

/** How metrics are called and told apart in CloudWatch. */
export interface CloudWatchNames {
  /** 1 to 255 of `A–Z a–z 0–9 . - _ / # : space`, not beginning with `AWS/`. */
  readonly namespace: string;
  /** Dimensions that all metrics have besides, in CloudWatch's spelling: `{ Stage: 'prod' }`. They make no further series. */
  readonly dimensions?: Readonly<Record<string, string>>;
  /**
   * Attributes of the service that are dimensions; default `['service.name', 'deployment.environment.name']`. Each with more than one value
   * multiplies the series that AWS charges for: `service.instance.id` by the number of processes.
   */
  readonly resourceDimensions?: readonly string[];
  /** `dots` (default): `http.server.request.duration`. `pascal`: `HttpServerRequestDuration`. Of metrics and attributes. */
  readonly naming?: Naming;
  /** Stored by the second (StorageResolution 1) instead of by the minute; send at a shorter `interval` then. Default `false`. */
  readonly highResolution?: boolean;
}

export const NAMES_OPTIONS = [
  'namespace',
  'dimensions',
  'resourceDimensions',
  'naming',
  'highResolution',
] as const satisfies readonly (keyof CloudWatchNames)[];

/** Options with their defaults. */
export interface CheckedNames {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly resourceDimensions: readonly string[];
  readonly spelling: Spelling;
  readonly highResolution: boolean;
}

/** "PutMetricData", CloudWatch API reference, and "Namespaces", CloudWatch user guide. */
const NAMESPACE = /^(?=.*\S)[A-Za-z0-9 ._#:/-]{1,255}$/;
const RESOURCE_DIMENSIONS = ['service.name', 'deployment.environment.name'];

/** Throws `ERR_OPTION` for what CloudWatch would refuse. */
export function checkNames(
  maker: string,
  options: CloudWatchNames,
  spelling: Omit<SpellingOptions, 'naming'> = {},
): CheckedNames {
  const { namespace, dimensions = {}, resourceDimensions = RESOURCE_DIMENSIONS, naming = 'dots' } = options;
  const { highResolution = false } = options;
  const fail = (key: keyof CloudWatchNames, what: string): never => {
    throw new TelemetryError('ERR_OPTION', `"${maker}.${key}" ${what}`);
  };
  const given = JSON.stringify(namespace);
  if (typeof namespace !== 'string' || !NAMESPACE.test(namespace)) {
    fail('namespace', `is ${given}; give 1 to 255 letters, digits, spaces and . - _ / # : , such as 'Checkout'.`);
  }
  if (namespace.startsWith('AWS/')) fail('namespace', `is ${given}; AWS/ is kept for AWS, take another beginning.`);
  if (namespace.startsWith(':')) fail('namespace', `is ${given}; it must not begin with a colon.`);
  if (naming !== 'dots' && naming !== 'pascal') {
    fail('naming', `is ${JSON.stringify(naming)}; give 'dots' or 'pascal'.`);
  }
  if (typeof highResolution !== 'boolean') {
    fail('highResolution', `is ${JSON.stringify(highResolution)}; give true or false.`);
  }
  if (!Array.isArray(resourceDimensions) || resourceDimensions.some((key) => typeof key !== 'string')) {
    fail('resourceDimensions', `is ${JSON.stringify(resourceDimensions)}; give an array of keys of attributes.`);
  }
  if (typeof dimensions !== 'object' || dimensions === null || Array.isArray(dimensions)) {
    fail('dimensions', `is ${JSON.stringify(dimensions)}; give an object of names and values.`);
  }
  const count = Object.keys(dimensions).length + resourceDimensions.length;
  if (count > MAX_DIMENSIONS) {
    fail('dimensions', `and "${maker}.resourceDimensions" are ${count}; a metric has ${MAX_DIMENSIONS} at most.`);
  }
  for (const [name, value] of Object.entries(dimensions)) {
    if (!isDimension(name, 250) || name.startsWith(':')) {
      fail(
        'dimensions',
        `has the name ${JSON.stringify(name)}; give 1 to 250 ASCII characters, not beginning with a colon.`,
      );
    }
    if (!isDimension(value, 1024)) {
      fail(
        'dimensions',
        `has ${JSON.stringify(value)} for ${name}; give 1 to 1024 ASCII characters, not only white space.`,
      );
    }
  }
  const reserved = [...Object.keys(dimensions), ...(spelling.reserved ?? [])];
  return {
    namespace,
    dimensions,
    resourceDimensions,
    spelling: new Spelling({ ...spelling, naming, reserved }),
    highResolution,
  };
}

/** "Dimension", CloudWatch API reference. */
function isDimension(text: unknown, max: number): boolean {
  return typeof text === 'string' && text.length <= max && /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(text);
}
