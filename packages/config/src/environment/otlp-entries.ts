import { isDeepStrictEqual } from 'node:util';
import type { Signal } from '@telltale/core';
import { onlySet } from '../only-set.ts';
import type { ExporterEntry } from '../telltale-config.ts';
import { type OtlpOrders, SIGNAL_PATHS } from './otlp-orders.ts';

type Config = Readonly<Record<string, unknown>>;

/**
 * An entry of OTLP with what the environment says. One for each signal, named after it, where the signals differ in what one exporter has but once:
 * headers, protocol, compression, certificate, timeout. Addresses may differ within one.
 */
export function entriesOfOtlp(
  entry: ExporterEntry,
  signals: readonly Signal[],
  orders: Readonly<Record<Signal, OtlpOrders>>,
): ExporterEntry[] {
  const [first, ...others] = signals;
  if (first === undefined) return [entry];
  if (others.every((signal) => isDeepStrictEqual(onceOf(orders[signal]), onceOf(orders[first])))) {
    return [withOrders(entry, signals, orders)];
  }
  const name = entry.name ?? entry.type;
  return signals.map((signal) => ({
    ...withOrders(entry, [signal], orders),
    name: `${name}-${signal}`,
    signals: [signal],
  }));
}

/** What one exporter has for all its signals. */
function onceOf({ headers, protocol, compression, ca, timeout }: OtlpOrders): object {
  return onlySet({ headers, protocol, compression, ca, timeout });
}

/** The signals agree on everything but addresses. */
function withOrders(
  entry: ExporterEntry,
  signals: readonly Signal[],
  orders: Readonly<Record<Signal, OtlpOrders>>,
): ExporterEntry {
  const one = orders[signals[0] as Signal];
  const config = entry.config ?? {};
  const { headers: given } = config;
  const changed: Config = {
    ...config,
    ...onlySet({
      url: urlOf(config, signals, orders),
      protocol: one.protocol,
      compression: one.compression,
      ca: one.ca,
      temporality: signals.includes('metrics') ? orders.metrics.temporality : undefined,
      headers: one.headers && { ...(typeof given === 'object' && given), ...one.headers },
    }),
  };
  return {
    ...entry,
    ...(Object.keys(changed).length > 0 && { config: changed }),
    ...(one.timeout !== undefined && { timeout: one.timeout }),
  };
}

/** `undefined` where the environment says nothing of it. */
function urlOf(
  { url: given, protocol: written }: Config,
  signals: readonly Signal[],
  orders: Readonly<Record<Signal, OtlpOrders>>,
): unknown {
  const { base, protocol = written } = orders[signals[0] as Signal];
  const isWhole = signals.some((signal) => orders[signal].url !== undefined);
  if (!isWhole) return base;
  const isGrpc = protocol === 'grpc';
  const common =
    base ?? (typeof given === 'string' ? given : isGrpc ? 'http://localhost:4317' : 'http://localhost:4318');
  const own = typeof given === 'object' && given !== null && base === undefined ? given : {};
  return {
    ...own,
    ...Object.fromEntries(
      signals.map((signal) => [signal, orders[signal].url ?? (own as Config)[signal] ?? whole(common, signal, isGrpc)]),
    ),
  };
}

/** As `otlp()` does with an address for all signals. */
function whole(base: string, signal: Signal, isGrpc: boolean): string {
  const url = URL.parse(base);
  if (isGrpc || url === null) return base;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${SIGNAL_PATHS[signal]}`;
  return url.href;
}
