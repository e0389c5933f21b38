import type { IncomingMessage } from 'node:http';
import { type Context, propagation } from '@opentelemetry/api';
import { type Attributes, type AttributeValue, OTHER } from '../attributes.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { cleanValue } from '../metrics/attribute-rules.ts';
import { REQUEST_ATTRIBUTES } from '../operations/request.ts';
import { isThenable } from '../settle.ts';
import type { Telemetry } from '../telemetry.ts';

/** Where an attribute of requests comes from: the request, once it is answered, or an entry of the baggage that came with it. */
export type EnrichSource<Request> = EnrichFunction<Request>['find'] | { readonly baggage: string };

/** A method, as the parameters of these may be narrower: functions that are written for the framework's own type fit. */
interface EnrichFunction<Request> {
  find(request: Request): AttributeValue | null | undefined;
}

/** The attributes that requests are to carry besides the standard ones: only these, and each with so many values. */
export interface EnrichOptions<Request = IncomingMessage> {
  /** How many different values each of the attributes may have; all further ones are `other`. Default 100. */
  readonly limit?: number;
  readonly [attribute: string]: EnrichSource<Request> | number | undefined;
}

const DEFAULT_LIMIT = 100;

/** Finds the attributes that a service wants on its requests, within the budget it gave them. */
export class Enrichment<Request extends IncomingMessage = IncomingMessage> {
  private readonly fields: readonly Field<Request>[];
  private readonly telemetry: Telemetry;

  /** Throws `ERR_OPTION` for what is wrong; `owner` is the function that was given the options. */
  constructor(options: EnrichOptions<Request>, telemetry: Telemetry, owner: string) {
    if (typeof options !== 'object' || options === null) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"enrich" of ${owner} is no object; write enrich: { 'tenant.id': (req) => req.headers['x-tenant'] }.`,
      );
    }
    const { limit = DEFAULT_LIMIT, ...sources } = options;
    if (!Number.isInteger(limit) || limit < 1) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"enrich.limit" of ${owner} is ${String(limit)}; give the number of values that each attribute may have, a whole number above 0.`,
      );
    }
    this.telemetry = telemetry;
    this.fields = Object.entries(sources).map(([key, source]) => new Field<Request>(key, source, limit, owner));
  }

  /** What this request carries; what cannot be had is left out. `context`: the operation's, if it has one. Never throws. */
  attributesOf(request: Request, context: Context | undefined): Attributes {
    const attributes: Record<string, AttributeValue> = {};
    for (const field of this.fields) {
      try {
        const found = field.find(request, () => context ?? this.telemetry.extract(request.headers));
        if (found === undefined || found === null) continue;
        const value = field.within(found);
        if (value !== undefined) attributes[field.key] = value;
        else this.tellUnusable(field, found);
        if (value === OTHER && field.isFull) this.tellFull(field);
      } catch (error) {
        this.tell(field, () => `could not be found: ${messageOf(error)}`);
      }
    }
    return attributes;
  }

  private tellUnusable(field: Field<Request>, found: unknown): void {
    if (!isThenable(found)) {
      this.tell(field, () => `is of type ${typeof found}; give a string, a number or a boolean`);
      return;
    }
    this.tell(field, () => 'is a promise; give what is known when the request is answered');
    // Nobody else waits for it: its failure would end the process.
    found.then(undefined, () => {});
  }

  private tell({ key }: Field<Request>, what: () => string): void {
    this.telemetry.problem(`enrich ${key}`, () => `"${key}" of "enrich" is left out of requests, as it ${what()}.`);
  }

  private tellFull({ key, limit }: Field<Request>): void {
    this.telemetry.problem(
      `enrich.limit ${key}`,
      () =>
        `"${key}" has had ${limit} values, and further ones are recorded as "${OTHER}"; raise "enrich.limit" if your backend can bear it.`,
    );
  }
}

class Field<Request> {
  readonly key: string;
  readonly limit: number;
  private readonly source: EnrichSource<Request>;
  private readonly seen = new Set<AttributeValue>();

  constructor(key: string, source: EnrichSource<Request> | number | undefined, limit: number, owner: string) {
    if (key === '' || key === '__proto__' || (REQUEST_ATTRIBUTES as readonly string[]).includes(key)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"enrich" of ${owner} cannot give requests the attribute "${key}"; choose another name.`,
      );
    }
    const isBaggage = typeof source === 'object' && source !== null && typeof source.baggage === 'string';
    if (!isBaggage && typeof source !== 'function') {
      throw new TelemetryError(
        'ERR_OPTION',
        `"enrich.${key}" of ${owner} says no source; give a function, (req) => req.get('x-tenant'), or { baggage: 'tenant' }.`,
      );
    }
    this.key = key;
    this.source = source as EnrichSource<Request>;
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.seen.size >= this.limit;
  }

  find(request: Request, contextOf: () => Context): unknown {
    const { source } = this;
    return typeof source === 'function'
      ? source(request)
      : propagation.getBaggage(contextOf())?.getEntry(source.baggage)?.value;
  }

  /** The value itself, or, when there have been too many, `other`. */
  within(found: unknown): AttributeValue | undefined {
    const value = cleanValue(found);
    if (value === undefined || this.seen.has(value)) return value;
    if (this.isFull) return OTHER;
    this.seen.add(value);
    return value;
  }
}
