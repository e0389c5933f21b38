import type { ExportContext, Exporter, ExportResult } from '@telltale/core';
import { exporterOf } from '@telltale/exporter-kit';
import { eventLines } from './event-lines.ts';
import type { Lines } from './lines.ts';
import { MetricLines } from './metric-lines.ts';
import { sendLines, WHEN_UNKNOWN } from './send-lines.ts';
import { type StatsdMaker, type StatsdOptions, statsdSettings } from './statsd-options.ts';
import { tcpWire } from './tcp-wire.ts';
import { udpWire } from './udp-wire.ts';

/** Sends metrics to a StatsD daemon; with the dialect `datadog`, events too. Throws `ERR_OPTION` for options that cannot be. */
export function statsd(options: StatsdOptions = {}): Exporter {
  return statsdFor({ maker: 'statsd', backend: 'statsd' }, options);
}

/** For packages that build on `statsd()`: errors name the maker, `defaults` are what users leave out, `decided` is what they cannot have otherwise. */
export function statsdFor(
  maker: StatsdMaker,
  options: StatsdOptions,
  defaults: StatsdOptions = {},
  decided: StatsdOptions = {},
): Exporter {
  const settings = statsdSettings(maker, options, { ...defaults, ...options, ...decided });
  const { host, port, protocol, dialect, maxDatagram, tags } = settings;
  const metrics = new MetricLines(settings);
  const open = protocol === 'udp' ? udpWire : tcpWire;
  const target = `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const send = (lines: readonly Lines[], context: ExportContext): Promise<ExportResult> =>
    sendLines(lines, { context, maxDatagram, target, open: (signal) => open(host, port, signal) });
  const exporter: Exporter = {
    name: maker.maker,
    backend: maker.backend,
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    exportMetrics: async (snapshot, context) => send(metrics.write(snapshot), context),
    ...(dialect === 'datadog' && {
      exportEvents: async (events, context) => send(eventLines(events, tags), context),
    }),
    shutdown: async () => {},
  };
  return exporterOf(maker.maker, options, exporter);
}
