import { checkKeys, TelemetryError } from '@telltale/core';
import type { AlertRow } from './frame.ts';

/** An alert, as far as it is shown; those of `@telltale/alerts` fit. */
export interface ShownAlert {
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity: AlertRow['severity'];
  readonly state: AlertRow['state'];
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Seconds since the Unix epoch. */
  readonly since: number;
  readonly silenced: boolean;
}

export interface DashboardOptions {
  /**
   * What those must know who do not ask from this machine. Default: `TELLTALE_DASHBOARD_TOKEN`, else a random one that is told once when someone
   * asks without it. `false`: none, for a service that asks for its own authentication before.
   */
  readonly token?: string | false;
  /** Told a random token, once; default: it is written to stderr. */
  readonly onToken?: (token: string) => void;
  /** What the page is headed with; default: the service's name. */
  readonly title?: string;
  /** `alerts(telemetry)`: what it says now is shown. */
  readonly alerts?: { current(): readonly ShownAlert[] };
  /** Rows of a table; default 200, at most 1,000. */
  readonly maxRows?: number;
  /** The last hour, also of when nobody looked; default true. Without it, nothing at all is done while nobody looks. */
  readonly history?: boolean;
  /** Seconds; traces that take longer are kept. Default: what is unusual for their name. */
  readonly slowerThan?: number;
  /** Where it is mounted, where that is not to be seen from requests: for `node:http`; Express says it. */
  readonly path?: string;
}

export interface CheckedOptions extends DashboardOptions {
  readonly maxRows: number;
  readonly history: boolean;
  /** Empty, or with a slash at its beginning and none at its end. */
  readonly path: string;
}

const KEYS = ['token', 'onToken', 'title', 'alerts', 'maxRows', 'history', 'slowerThan', 'path'];
const MAX_ROWS = 200;
const MOST_ROWS = 1000;

/** Throws `ERR_OPTION`. */
export function checkOptions(options: DashboardOptions): CheckedOptions {
  checkKeys('dashboard', options, KEYS);
  const { token, onToken, title, alerts, maxRows = MAX_ROWS, history = true, slowerThan } = options;
  if (token !== undefined && token !== false && (typeof token !== 'string' || token === '')) {
    throw refused(
      'token',
      typeof token === 'string' ? 'empty' : `of type ${typeof token}`,
      'give a long random text, false, or leave it out',
    );
  }
  if (onToken !== undefined && typeof onToken !== 'function') {
    throw refused('onToken', `of type ${typeof onToken}`, 'give a function');
  }
  if (title !== undefined && typeof title !== 'string')
    throw refused('title', `of type ${typeof title}`, 'give a text');
  if (alerts !== undefined && typeof alerts?.current !== 'function') {
    throw refused('alerts', 'nothing that has alerts', 'give what alerts(telemetry) of @telltale/alerts returned');
  }
  if (!(Number.isInteger(maxRows) && maxRows >= 1 && maxRows <= MOST_ROWS)) {
    throw refused('maxRows', String(maxRows), `give a whole number from 1 to ${MOST_ROWS}`);
  }
  if (typeof history !== 'boolean') throw refused('history', String(history), 'give true or false');
  if (slowerThan !== undefined && !(Number.isFinite(slowerThan) && slowerThan >= 0)) {
    throw refused('slowerThan', String(slowerThan), 'give seconds from 0');
  }
  return { ...options, maxRows, history, path: checkPath('dashboard.path', options.path) };
}

/** Without a slash at its end. Throws `ERR_OPTION` for what is no path. */
export function checkPath(option: string, path = ''): string {
  if (typeof path !== 'string' || (path !== '' && !/^\/[\w\-./~]*$/.test(path)) || path.includes('//')) {
    throw new TelemetryError('ERR_OPTION', `"${option}" is ${JSON.stringify(path)}; give a path such as "/telltale".`);
  }
  return path.replace(/\/$/, '');
}

function refused(name: string, given: string, mend: string): TelemetryError {
  return new TelemetryError('ERR_OPTION', `"dashboard.${name}" is ${given}; ${mend}.`);
}
