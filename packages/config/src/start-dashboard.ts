import { messageOf, type Telemetry } from '@telltale/core';
import type { LoadPackage } from './integration.ts';
import type { DashboardConfig } from './telltale-config.ts';

const PACKAGE = '@telltale/dashboard';

/** As far as it is used here: `@telltale/dashboard` is loaded only where it is asked for. */
interface ListeningDashboard {
  listen(options: { host?: string; port?: number; path?: string }): Promise<{ close(): Promise<void> }>;
}

/** Serves the page; `telemetry.shutdown()` ends it. What goes wrong, also later, is told. Never throws. */
export function startDashboard(
  telemetry: Telemetry,
  config: boolean | DashboardConfig | undefined,
  load: LoadPackage,
  tell: (message: string) => void,
): void {
  if (config === undefined || config === false) return;
  const { port, host, path, ...options } = config === true ? {} : config;
  const place = {
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(path !== undefined && { path: path === '/' ? '' : path }),
  };
  let page: ListeningDashboard;
  try {
    page = makerOf(load(PACKAGE))(telemetry, options);
  } catch (error) {
    tell(`The dashboard is not served: ${messageOf(error)}`);
    return;
  }
  page.listen(place).then(
    (listening) => (telemetry.isEnding ? listening.close() : undefined),
    (error: unknown) =>
      tell(`The dashboard is not served: ${messageOf(error)} Give another "dashboard.port", 0 for any that is free.`),
  );
}

function makerOf(
  module: Readonly<Record<string, unknown>>,
): (telemetry: Telemetry, options: object) => ListeningDashboard {
  const { dashboard } = module;
  if (typeof dashboard !== 'function')
    throw new TypeError(`${PACKAGE} has no dashboard(); install the version that goes with this one.`);
  return dashboard as (telemetry: Telemetry, options: object) => ListeningDashboard;
}
