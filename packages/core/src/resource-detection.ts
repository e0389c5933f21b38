import type { AttributeValue } from './attributes.ts';
import type { Clock } from './clock.ts';
import type { Diagnostics } from './diagnostics.ts';
import { messageOf, TelemetryError } from './errors.ts';
import { within } from './export/within.ts';
import { LateResource, type Resource } from './resource.ts';

/**
 * Finds out where the service runs: a resource detector of OpenTelemetry, 2.x or 3.x, such as those of `awsDetectors()` of `@telltale/aws`.
 * Values may be promises; those that are `undefined` are left out.
 */
export interface ResourceDetector {
  detect(): { readonly attributes?: Readonly<Record<string, unknown>> };
}

/** Seconds that detectors get, all at the same time. Exporters are first called after that, at the latest. */
const DETECTION_TIMEOUT = 1;

export interface DetectionOptions {
  readonly detectors: readonly ResourceDetector[];
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** What detectors say of the services of one telemetry. Nothing waits for it but exporters, and what is flushed. */
export class ResourceDetection {
  /** Resolves when all detectors have answered, or their time is over; never rejects. */
  readonly settled: Promise<void>;
  private readonly options: DetectionOptions;
  private readonly settle: () => void;
  private found: Readonly<Record<string, AttributeValue>> | undefined = undefined;
  private readonly waiting: LateResource[] = [];

  constructor(options: DetectionOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.settle = resolve;
  }

  /** A resource with what is given, which is stronger, and with what is found: at once or later, but always the same object. */
  resource(given: Resource['attributes']): Resource {
    if (this.found !== undefined) return Object.freeze({ attributes: merged(this.found, given) });
    const resource = new LateResource(given, this.settled);
    this.waiting.push(resource);
    return resource;
  }

  /** Asks all detectors, each by `call`. Of two that say the same, the later one counts. */
  start(call: <T>(work: () => T) => T): void {
    void Promise.all(this.options.detectors.map((detector) => this.ask(detector, call))).then((answers) => {
      const found = Object.assign({}, ...answers);
      this.found = found;
      for (const resource of this.waiting.splice(0)) {
        resource.attributes = merged(found, resource.attributes);
        Object.freeze(resource);
      }
      this.settle();
    });
  }

  private async ask(
    detector: ResourceDetector,
    call: <T>(work: () => T) => T,
  ): Promise<Readonly<Record<string, AttributeValue>>> {
    const { clock, diagnostics } = this.options;
    const answer: Record<string, AttributeValue> = {};
    const failed = (error: unknown): void => {
      const name = nameOf(detector);
      const message = `The resource detector ${name} did not say all it knows: ${messageOf(error)}`;
      diagnostics.problem('ERR_ADAPTER', `resource detector ${name}`, () => message);
    };
    const take = async (key: string, value: unknown): Promise<void> => {
      const kept = asAttributeValue(await value);
      if (kept !== undefined) answer[key] = kept;
    };
    try {
      const { attributes = {} } = call(() => detector.detect());
      const all = Object.entries(attributes).map(([key, value]) => take(key, value).catch(failed));
      await within(Promise.all(all), DETECTION_TIMEOUT, clock, 'it did not answer');
    } catch (error) {
      failed(error);
    }
    // What comes later is written to an object that nobody reads any more.
    return { ...answer };
  }
}

/** Throws `ERR_OPTION` for what is no array of detectors. */
export function checkDetectors(detectors: unknown): void {
  const wrong = Array.isArray(detectors)
    ? detectors.findIndex((one) => typeof (one as Partial<ResourceDetector> | null)?.detect !== 'function')
    : 0;
  if (wrong === -1) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"resourceDetectors" ${Array.isArray(detectors) ? `has something without detect() at ${wrong}` : `is of type ${typeof detectors}`}; give an array of detectors, such as [...awsDetectors()].`,
  );
}

function merged(found: Resource['attributes'], given: Resource['attributes']): Resource['attributes'] {
  const all = { ...found, ...given };
  return Object.freeze(
    Object.fromEntries(
      Object.keys(all)
        .sort()
        .map((key) => [key, all[key] as AttributeValue]),
    ),
  );
}

/** As resources have them: lists, such as the log groups of a container, as one text. */
function asAttributeValue(value: unknown): AttributeValue | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(String).join(',');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function nameOf(detector: ResourceDetector): string {
  const { name } = detector as { readonly name?: unknown };
  return typeof name === 'string' ? name : (detector.constructor?.name ?? 'Object');
}
