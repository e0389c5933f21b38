import { nearestOf, TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { dialects, type StatsdDialect, type Tag } from './dialect.ts';

export interface StatsdOptions extends ExporterOptions {
  /** Where the daemon is; default `127.0.0.1`. Looked up anew for each export. */
  readonly host?: string;
  /** Default 8125. */
  readonly port?: number;
  /** Default `udp`. With `tcp` it is known whether the daemon has read everything. */
  readonly protocol?: 'udp' | 'tcp';
  /** What the daemon is; default `etsy`. */
  readonly dialect?: StatsdDialect;
  /** The most bytes of a datagram; default 1432, which no network splits, and 8192 for a Datadog Agent on this machine. With `tcp`, of a write. */
  readonly maxDatagram?: number;
  /** On every series, after its own attributes. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * The most lines for a histogram series in an export, where the daemon does not weigh by the sample rate (`etsy`, `graphite`); default 50.
   * `Infinity` is a line for each observation: for collectd, which reads the rate as part of the value.
   */
  readonly timerSamples?: number;
}

export interface StatsdSettings {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'udp' | 'tcp';
  readonly dialect: StatsdDialect;
  readonly maxDatagram: number;
  readonly tags: readonly Tag[];
  readonly timerSamples: number;
}

/** Who builds on `statsd()`. */
export interface StatsdMaker {
  /** The function users call, for sentences; also the exporter's name. */
  readonly maker: string;
  readonly backend: string;
  /** Options that the maker decides, so that its users do not have them. */
  readonly decided?: readonly (keyof StatsdOptions)[];
}

/** IP packets of 1500 bytes, with room for tunnels. */
const NETWORK_DATAGRAM = 1432;
/** The buffer of the Datadog Agent, `dogstatsd_buffer_size`. */
const AGENT_DATAGRAM = 8192;
/** What UDP can carry. */
const MOST_DATAGRAM = 65_507;
/** A write to a TCP connection. */
const TCP_CHUNK = 65_507;

const OWN = ['host', 'port', 'protocol', 'dialect', 'maxDatagram', 'tags', 'timerSamples'] as const;

/** The options with their defaults. Throws `ERR_OPTION` for what cannot be. */
export function statsdSettings(
  { maker, decided = [] }: Pick<StatsdMaker, 'maker' | 'decided'>,
  given: StatsdOptions,
  options: StatsdOptions,
): StatsdSettings {
  checkExporterOptions(
    maker,
    given,
    OWN.filter((key) => !decided.includes(key)),
  );
  const { host = '127.0.0.1', port = 8125, protocol = 'udp', dialect = 'etsy', tags = {}, timerSamples = 50 } = options;
  const wrong = (option: string, value: unknown, mend: string): TelemetryError =>
    new TelemetryError('ERR_OPTION', `"${maker}.${option}" is ${JSON.stringify(value) ?? String(value)}; ${mend}.`);
  if (typeof host !== 'string' || host === '' || host.includes('/')) {
    throw wrong('host', host, 'give the name or address of a host, such as `127.0.0.1`, without a scheme or path');
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong('port', port, 'give a port from 1 to 65535');
  if (protocol !== 'udp' && protocol !== 'tcp') {
    throw wrong('protocol', protocol, "give 'udp' or 'tcp'; Node has no Unix datagram sockets");
  }
  if (typeof dialect !== 'string' || !Object.hasOwn(dialects, dialect)) {
    const nearest = nearestOf(String(dialect), Object.keys(dialects));
    const names = Object.keys(dialects).map((name) => `'${name}'`);
    throw wrong('dialect', dialect, nearest === undefined ? `give ${names.join(', ')}` : `did you mean '${nearest}'?`);
  }
  const near = dialect === 'datadog' && isLoopback(host);
  const usual = protocol === 'tcp' ? TCP_CHUNK : near ? AGENT_DATAGRAM : NETWORK_DATAGRAM;
  const { maxDatagram = usual } = options;
  if (!Number.isInteger(maxDatagram) || maxDatagram < 256 || maxDatagram > MOST_DATAGRAM) {
    throw wrong('maxDatagram', maxDatagram, `give a number of bytes from 256 to ${MOST_DATAGRAM}`);
  }
  if (!(timerSamples >= 1)) throw wrong('timerSamples', timerSamples, 'give a number of lines from 1, or `Infinity`');
  return { host, port, protocol, dialect, maxDatagram, timerSamples, tags: tagList(maker, tags) };
}

/** Fixed tags as a list. Throws `ERR_OPTION` for what is no object of strings. */
export function tagList(maker: string, tags: Readonly<Record<string, string>>): readonly Tag[] {
  const isObject = typeof tags === 'object' && tags !== null && !Array.isArray(tags);
  const entries = isObject ? Object.entries(tags) : [];
  if (!isObject || entries.some(([, value]) => typeof value !== 'string')) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${maker}.tags" is ${JSON.stringify(tags)}; give an object of strings, such as { team: 'payments' }.`,
    );
  }
  return entries;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
