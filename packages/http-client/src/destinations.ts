import type { Telemetry } from '@telltale/core';

const OTHER = 'other';
/** Origins that are remembered; a crawler calls millions. */
const MAX_ORIGINS = 1000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where calls go: what can be known of it without looking at the call. */
export class Destination {
  /** `https://api.stripe.com`. */
  readonly origin: string;
  /** `api.stripe.com`; with the port if it is not the scheme's own. */
  readonly host: string;
  /** The name or the address, IPv6 without brackets. */
  readonly address: string;
  /** `undefined` where the client does not tell. */
  readonly port: number | undefined;
  /** What the service there is called: decided when it is called first. */
  to: string | undefined;

  constructor(origin: string, host: string, address: string, port: number | undefined) {
    this.origin = origin;
    this.host = host;
    this.address = address;
    this.port = port;
    this.to = undefined;
  }
}

interface Wildcard {
  /** `.amazonaws.com` */
  readonly suffix: string;
  readonly port: string | undefined;
  readonly name: string;
}

/** Knows the services behind hosts. Memory is bounded, whatever is called. */
export class Destinations {
  private readonly known = new Map<string, Destination>();
  private readonly unnamed = new Set<string>();
  private readonly exact: ReadonlyMap<string, string>;
  private readonly wildcards: readonly Wildcard[];
  private readonly limit: number;
  private readonly telemetry: Telemetry;

  constructor(names: ReadonlyMap<string, string>, limit: number, telemetry: Telemetry) {
    this.exact = names;
    this.wildcards = [...names]
      .filter(([host]) => host.startsWith('*.'))
      .map(([host, name]) => ({ ...splitPort(host.slice(1)), name }))
      .sort((a, b) => b.suffix.length - a.suffix.length || Number(b.port ?? 0) - Number(a.port ?? 0));
    this.limit = limit;
    this.telemetry = telemetry;
  }

  /** The destination of an origin as clients have it, `http://host:port`; `portIsKnown`: whether a missing port is the scheme's own. */
  at(origin: string, portIsKnown = true): Destination {
    const key = portIsKnown ? origin : `${origin} ?`;
    let destination = this.known.get(key);
    if (destination === undefined) {
      destination = parse(origin, portIsKnown);
      if (this.known.size < MAX_ORIGINS) this.known.set(key, destination);
    }
    return destination;
  }

  /** The service that is there: by its name, else the host, as long as there are not too many of them. */
  nameOf(destination: Destination): string {
    destination.to ??= this.named(destination) ?? this.byHost(destination.host);
    return destination.to;
  }

  private named({ host, port }: Destination): string | undefined {
    const { suffix: name } = splitPort(host);
    const exact = (port === undefined ? undefined : this.exact.get(`${name}:${port}`)) ?? this.exact.get(name);
    if (exact !== undefined) return exact;
    return this.wildcards.find((one) => name.endsWith(one.suffix) && (one.port === undefined || one.port === `${port}`))
      ?.name;
  }

  private byHost(host: string): string {
    if (this.unnamed.has(host)) return host;
    if (this.unnamed.size < this.limit) {
      this.unnamed.add(host);
      return host;
    }
    this.telemetry.problem(
      'observeHttpCalls hosts',
      () =>
        `More than ${this.limit} hosts without a name were called; further ones, such as "${host}", are recorded as "${OTHER}". Give them "names", or raise "hosts".`,
    );
    return OTHER;
  }
}

function parse(origin: string, portIsKnown: boolean): Destination {
  try {
    const { protocol, host, hostname, port } = new URL(origin);
    const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const known = portIsKnown ? Number(port) || DEFAULT_PORTS[protocol] : undefined;
    return new Destination(`${protocol}//${host}`, host, address, known);
  } catch {
    return new Destination(origin, OTHER, OTHER, undefined);
  }
}

/** `host:8080` → the two. */
function splitPort(host: string): { readonly suffix: string; readonly port: string | undefined } {
  const [, suffix = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return { suffix, port };
}
