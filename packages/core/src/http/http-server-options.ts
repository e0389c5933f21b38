import type { IncomingMessage } from 'node:http';
import { checkKeys } from '../check-keys.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { Enrichment, type EnrichOptions } from './enrichment.ts';

/** What all adapters of HTTP servers can be told. */
export interface HttpServerOptions<Request extends IncomingMessage = IncomingMessage> {
  /** Requests that are not recorded at all: health checks, static files. One that throws skips nothing. */
  skip?(request: Request): boolean;
  /** Puts the query string on spans as `url.query`. Default false: query strings hold secrets. */
  readonly query?: boolean;
  /** Attributes of your own on the metrics, spans and events of requests: `{ 'tenant.id': (req) => req.get('x-tenant'), limit: 100 }`. */
  readonly enrich?: EnrichOptions<Request>;
}

/** Options with their defaults. */
export class HttpServerSettings<Request extends IncomingMessage = IncomingMessage> {
  readonly query: boolean;
  readonly enrichment: Enrichment<Request> | undefined;
  private readonly options: HttpServerOptions<Request>;
  private readonly telemetry: Telemetry;
  private readonly owner: string;

  /** Throws `ERR_OPTION` for what is wrong, naming it and the mend; `owner` is the function that was given the options. */
  constructor(telemetry: Telemetry, options: HttpServerOptions<Request>, owner: string) {
    if (typeof telemetry?.request !== 'function') {
      throw new TelemetryError('ERR_OPTION', `${owner} needs a telemetry: ${owner}(createTelemetry({ … })).`);
    }
    checkKeys(owner, options, ['skip', 'query', 'enrich']);
    if (options.skip !== undefined && typeof options.skip !== 'function') {
      throw new TelemetryError(
        'ERR_OPTION',
        `"skip" of ${owner} is not a function; write skip: (req) => req.url === '/health'.`,
      );
    }
    if (options.query !== undefined && typeof options.query !== 'boolean') {
      throw new TelemetryError('ERR_OPTION', `"query" of ${owner} is neither true nor false.`);
    }
    this.options = options;
    this.telemetry = telemetry;
    this.owner = owner;
    this.query = options.query === true;
    this.enrichment = options.enrich === undefined ? undefined : new Enrichment(options.enrich, telemetry, owner);
  }

  skips(request: Request): boolean {
    if (this.options.skip === undefined) return false;
    try {
      return this.options.skip(request) === true;
    } catch (error) {
      this.telemetry.problem(
        `skip ${this.owner}`,
        () => `"skip" of ${this.owner} failed, and the request is recorded: ${messageOf(error)}`,
      );
      return false;
    }
  }
}
