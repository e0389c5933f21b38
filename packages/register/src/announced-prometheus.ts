import { type Exporter, TelemetryError } from '@telltale/core';
import type { prometheus } from '@telltale/exporter-prometheus';
import type { Announcement } from './announcement.ts';

export type PrometheusMaker = typeof prometheus;

/** `prometheus()` whose exporters say where they serve. */
export function announcedPrometheus(make: PrometheusMaker, announcement: Announcement): PrometheusMaker {
  return (options = {}) => {
    try {
      return announced(make(options), options, announcement);
    } catch (error) {
      announcement.cannotServe();
      throw error;
    }
  };
}

function announced(
  exporter: ReturnType<PrometheusMaker>,
  { host = 'localhost', port = 0, path = '/metrics' }: NonNullable<Parameters<PrometheusMaker>[0]>,
  announcement: Announcement,
): ReturnType<PrometheusMaker> {
  const { start } = exporter;
  return Object.assign(exporter, {
    async start(...args: Parameters<NonNullable<Exporter['start']>>): Promise<void> {
      try {
        await start?.(...args);
      } catch (error) {
        announcement.cannotServe();
        throw explained(error, host, port);
      }
      announcement.serves(`http://${host.includes(':') ? `[${host}]` : host}:${exporter.address?.port}${path}`);
    },
  });
}

/** The mend in terms of the environment. */
function explained(error: unknown, host: string, port: number): unknown {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  if (cause?.code !== 'EADDRINUSE') return error;
  return new TelemetryError(
    'ERR_EXPORTER',
    `port ${port} of ${host} is taken, so process ${process.pid} is observed but serves no metrics; give each process a port of its own with TELLTALE_PROMETHEUS_PORT, 0 for any that is free`,
    { cause },
  );
}
