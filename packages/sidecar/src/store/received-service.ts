import type { InstrumentationScope, Resource } from '@telltale/core';
import { frozenAttributes, type KeyedAttributes } from '../otlp/attributes.ts';
import type { ReceivedMetric } from './received-metric.ts';

/** A service without a name, by OpenTelemetry's specification of resources. */
const UNKNOWN_SERVICE = 'unknown_service';
/** What makes an instance, where it has the last of them: https://opentelemetry.io/docs/specs/semconv/resource/#service */
const [NAMESPACE, NAME, INSTANCE] = ['service.namespace', 'service.name', 'service.instance.id'] as const;

/** What is the same for the same instance of a service, also when it was started anew: its `service.instance.id`, or else all it says of itself. */
export function identityOf({ key, entries }: KeyedAttributes): string {
  const told = new Map(entries);
  const instance = told.get(INSTANCE);
  if (instance === undefined || instance === '') return key;
  return JSON.stringify([told.get(NAMESPACE) ?? '', told.get(NAME) ?? UNKNOWN_SERVICE, instance]);
}

/** One instance of a service. */
export class ReceivedService {
  readonly identity: string;
  /** What budgets are kept by, whichever instance it is. */
  readonly name: string;
  readonly metrics = new Map<string, ReceivedMetric>();
  readonly scopes = new Map<string, InstrumentationScope>();
  /** Monotonic seconds of the last request that had something of it. */
  seen = 0;
  /** It tells only of what changed: silence of a series means nothing, so its series live as long as it does. */
  tellsChanges = false;
  private told: string;
  private current: Resource;

  constructor(identity: string, attributes: KeyedAttributes) {
    this.identity = identity;
    this.told = attributes.key;
    this.current = resourceOf(attributes);
    const { [NAME]: name, [NAMESPACE]: namespace } = this.current.attributes;
    this.name = namespace === undefined ? String(name) : `${namespace}/${name}`;
  }

  /** One object for as long as it says the same of itself. */
  get resource(): Resource {
    return this.current;
  }

  /** Takes what it says of itself now; gives whether that is something else. */
  become(attributes: KeyedAttributes): boolean {
    if (attributes.key === this.told) return false;
    this.told = attributes.key;
    this.current = resourceOf(attributes);
    for (const [key, metric] of this.metrics) this.metrics.set(key, metric.of(this.current));
    return true;
  }
}

function resourceOf({ entries }: KeyedAttributes): Resource {
  const named = entries.some(([name]) => name === NAME);
  return Object.freeze({ attributes: frozenAttributes(named ? entries : [...entries, [NAME, UNKNOWN_SERVICE]]) });
}
