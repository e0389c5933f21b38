import type { AlertsOptions } from '@telltale/alerts';
import {
  type Clock,
  checkKeys,
  type ErrorListener,
  type Exporter,
  type ShutdownOptions,
  TelemetryError,
} from '@telltale/core';
import type { DashboardOptions } from '@telltale/dashboard';
import type { PrometheusOptions } from '@telltale/exporter-prometheus';
import { limitsOf, type SidecarLimits, type StoreLimits } from './store/limits.ts';

export interface SidecarOptions {
  /** Address to listen on; default `127.0.0.1`. On others, give `intakeToken`, too. */
  readonly host?: string;
  /** Default 4318, where OTLP/HTTP goes unless told otherwise; 0 takes a free one. */
  readonly port?: number;
  /** Where what is received goes on to. */
  readonly exporters?: readonly Exporter[];
  /** `/metrics`; default true. Without a port of its own: it is served beside the rest. */
  readonly prometheus?: boolean | Omit<PrometheusOptions, 'port' | 'host' | 'path'>;
  /** The page at `/`; default true. */
  readonly dashboard?: boolean | Omit<DashboardOptions, 'alerts' | 'path'>;
  /** Default: `defaultRules()`, of which nobody is told. */
  readonly alerts?: boolean | AlertsOptions;
  /** What senders of telemetry, and readers of `/metrics`, must give as `Authorization: Bearer …`; default none. */
  readonly intakeToken?: string;
  readonly limits?: SidecarLimits;
  readonly shutdown?: ShutdownOptions;
  /** Told about problems; default: `process.emitWarning`. */
  readonly onError?: ErrorListener;
  readonly clock?: Clock;
}

/** Options with their defaults. */
export interface CheckedSidecarOptions extends Omit<SidecarOptions, 'prometheus' | 'dashboard' | 'alerts' | 'limits'> {
  readonly host: string;
  readonly port: number;
  readonly exporters: readonly Exporter[];
  readonly prometheus: Omit<PrometheusOptions, 'port' | 'host' | 'path'> | undefined;
  readonly dashboard: Omit<DashboardOptions, 'alerts' | 'path'> | undefined;
  readonly alerts: AlertsOptions | undefined;
  readonly limits: StoreLimits;
}

const KEYS = [
  'host',
  'port',
  'exporters',
  'prometheus',
  'dashboard',
  'alerts',
  'intakeToken',
  'limits',
  'shutdown',
  'onError',
  'clock',
] as const satisfies readonly (keyof SidecarOptions)[];

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 4318;

/** Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
export function checkSidecarOptions(options: SidecarOptions): CheckedSidecarOptions {
  checkKeys('sidecar', options, KEYS);
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, exporters = [], prometheus, dashboard, alerts, ...rest } = options;
  if (typeof host !== 'string' || host.trim() === '') throw refused('host', host, 'give an address, such as 127.0.0.1');
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw refused('port', port, 'give a whole number from 0 (any free port) to 65535');
  }
  const { intakeToken } = options;
  if (intakeToken !== undefined && !(typeof intakeToken === 'string' && /^[\x21-\x7e]+$/.test(intakeToken))) {
    throw new TelemetryError(
      'ERR_OPTION',
      '"sidecar.intakeToken" is empty or has characters that no header has; give a long random text (is the environment variable set?).',
    );
  }
  return {
    ...rest,
    ...{ host, port, exporters },
    prometheus: partOf('prometheus', prometheus),
    dashboard: partOf('dashboard', dashboard),
    alerts: partOf('alerts', alerts),
    limits: limitsOf(options.limits),
  };
}

/** A part of the sidecar, with its options; `undefined` when it is switched off. */
function partOf<T extends object>(name: string, given: boolean | T | undefined): T | undefined {
  if (given === undefined || given === true) return {} as T;
  if (given === false) return undefined;
  if (typeof given === 'object' && given !== null) return given;
  throw refused(name, given, 'give options, or false for none');
}

function refused(name: string, given: unknown, mend: string): TelemetryError {
  const shown = typeof given === 'string' ? JSON.stringify(given) : String(given);
  return new TelemetryError('ERR_OPTION', `"sidecar.${name}" is ${shown}; ${mend}.`);
}
