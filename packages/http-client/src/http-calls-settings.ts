import { checkKeys, messageOf, type Telemetry, TelemetryError } from '@telltale/core';
import type { OutgoingCall } from './outgoing-call.ts';

const OWNER = 'observeHttpCalls';
const DEFAULT_HOSTS = 50;
/** A host as in URLs, IPv6 in brackets, with or without a port; or all hosts below a domain. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:\*\.)?[^\s/:*@?#[\]]+)(?::\d{1,5})?$/;

export interface HttpCallsOptions {
  /**
   * What hosts are called in `boundary.to`: `{ 'payments.internal:8080': 'payments', 'api.stripe.com': 'stripe', '*.amazonaws.com': 'aws' }`.
   * An entry with a port goes before one without, and both before those with `*`, of which the longest counts.
   */
  readonly names?: Readonly<Record<string, string>>;
  /** How many hosts that have no name appear as themselves; all further ones are `other`. Default 50. */
  readonly hosts?: number;
  /** Calls that are not recorded, and get no trace headers. One that throws skips nothing. */
  skip?(call: OutgoingCall): boolean;
  /** What a call asks for, one of few: `boundary.operation`. Default, and where it gives nothing: the method. */
  operation?(call: OutgoingCall): string | undefined;
}

/** Options with their defaults. */
export class HttpCallsSettings {
  /** Keys in lower case. */
  readonly names: ReadonlyMap<string, string>;
  readonly hosts: number;
  /** Whether the user's functions need an `OutgoingCall` at all. */
  readonly asks: boolean;
  private readonly options: HttpCallsOptions;
  private readonly telemetry: Telemetry;

  /** Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
  constructor(telemetry: Telemetry, options: HttpCallsOptions) {
    if (typeof telemetry?.boundary !== 'function') {
      throw new TelemetryError('ERR_OPTION', `${OWNER} needs a telemetry: ${OWNER}(createTelemetry({ … })).`);
    }
    checkKeys(OWNER, options, ['names', 'hosts', 'skip', 'operation']);
    const { names = {}, hosts = DEFAULT_HOSTS, skip, operation } = options;
    if (!Number.isInteger(hosts) || hosts < 0) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"hosts" of ${OWNER} is ${String(hosts)}; give how many hosts may appear as themselves, a whole number from 0.`,
      );
    }
    checkFunction('skip', skip, "(call) => call.path === '/health'");
    checkFunction('operation', operation, "(call) => (call.path.startsWith('/charges') ? 'charge' : undefined)");
    this.names = checkedNames(names);
    this.hosts = hosts;
    this.asks = skip !== undefined || operation !== undefined;
    this.options = options;
    this.telemetry = telemetry;
  }

  skips(call: OutgoingCall): boolean {
    try {
      return this.options.skip?.(call) === true;
    } catch (error) {
      this.tell('skip', error, 'the call is recorded');
      return false;
    }
  }

  operationOf(call: OutgoingCall): string | undefined {
    try {
      const operation = this.options.operation?.(call);
      return typeof operation === 'string' && operation !== '' ? operation : undefined;
    } catch (error) {
      this.tell('operation', error, 'the call is recorded by its method');
      return undefined;
    }
  }

  private tell(option: string, error: unknown, consequence: string): void {
    this.telemetry.problem(
      `${OWNER} ${option}`,
      () => `"${option}" of ${OWNER} failed, so ${consequence}: ${messageOf(error)}`,
    );
  }
}

function checkedNames(names: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  if (typeof names !== 'object' || names === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"names" of ${OWNER} is no object; write names: { 'api.stripe.com': 'stripe' }.`,
    );
  }
  return new Map(
    Object.entries(names).map(([given, name]) => {
      const host = given.toLowerCase();
      if (!HOST.test(host)) {
        throw new TelemetryError(
          'ERR_OPTION',
          `"names" of ${OWNER} has "${given}", which is no host; write it without scheme and path: "api.stripe.com", "payments:8080" or "*.amazonaws.com".`,
        );
      }
      if (typeof name !== 'string' || name === '') {
        throw new TelemetryError(
          'ERR_OPTION',
          `"names" of ${OWNER} has no name for "${given}"; give the text that "boundary.to" is to have.`,
        );
      }
      return [host, name] as const;
    }),
  );
}

function checkFunction(option: string, value: unknown, example: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TelemetryError('ERR_OPTION', `"${option}" of ${OWNER} is not a function; write ${option}: ${example}.`);
}
