import type { ServerResponse } from 'node:http';
import { type Alerts, alerts } from '@telltale/alerts';
import { createTelemetry, healthEndpoint, isLoopbackHost, type Telemetry } from '@telltale/core';
import { dashboard } from '@telltale/dashboard';
import { prometheus } from '@telltale/exporter-prometheus';
import { OtlpEndpoint } from './http/otlp-endpoint.ts';
import { type Handler, SidecarServer } from './http/sidecar-server.ts';
import { withInstances } from './labelled-scrape.ts';
import { Receiver, type ReceiverHealth } from './receiver.ts';
import { observeReceiver } from './self-metrics.ts';
import { checkSidecarOptions, type SidecarOptions } from './sidecar-options.ts';

const SERVICE_NAME = 'telltale-sidecar';

/** One telemetry of all services that send theirs here. */
export interface Sidecar {
  /** With the metrics of all services: exporters can be added, alerts and dashboards opened, as on any other. */
  readonly telemetry: Telemetry;
  /** Missing when they are switched off. */
  readonly alerts: Alerts | undefined;
  /** Where it listens; `undefined` while it does not. */
  readonly url: string | undefined;
  /** What was received, and how much more there is room for. */
  health(): ReceiverHealth;
  /** Opens the port; resolves with the address, rejects with a `TelemetryError` that names the mend. */
  listen(): Promise<string>;
  /** Takes nothing more, delivers what was taken, closes. Within `shutdown.timeout`; never rejects. */
  close(): Promise<void>;
}

/** Puts a sidecar together, which listens when it is told to. Throws a `TelemetryError` for options that cannot be. */
export function createSidecar(options: SidecarOptions = {}): Sidecar {
  const { host, port, exporters, limits, intakeToken, onError, shutdown, clock, ...parts } =
    checkSidecarOptions(options);
  const receiver = new Receiver(limits);
  const scrapes = parts.prometheus && withInstances(prometheus(parts.prometheus));
  const telemetry = createTelemetry({
    service: { name: SERVICE_NAME },
    gather: receiver,
    exporters: [...(scrapes === undefined ? [] : [scrapes]), ...exporters],
    ...(onError !== undefined && { onError }),
    ...(shutdown !== undefined && { shutdown }),
    ...(clock !== undefined && { clock }),
  });
  const endpoint = new OtlpEndpoint(receiver, limits);
  observeReceiver(telemetry, receiver, endpoint);
  const watch = parts.alerts && alerts(telemetry, parts.alerts);
  const page =
    parts.dashboard &&
    dashboard(telemetry, { title: 'Telltale sidecar', ...parts.dashboard, ...(watch && { alerts: watch }) });

  const guarded = new Map<string, Handler>();
  if (scrapes !== undefined) guarded.set('/metrics', (request, response) => scrapes.handler(request, response));
  guarded.set('/health/received', (_request, response) => sendJson(response, receiver.health()));
  const server = new SidecarServer({
    ...{ host, port, limits, endpoint, intakeToken, guarded },
    health: healthEndpoint(telemetry),
    rest: page,
  });
  receiver.drain = (seconds) => endpoint.drain(seconds);
  receiver.close = () => server.close();
  page?.attach(server.server);
  return {
    telemetry,
    alerts: watch,
    get url() {
      return server.url;
    },
    health: () => receiver.health(),
    listen: async () => {
      const url = await server.listen();
      if (!isLoopbackHost(host) && intakeToken === undefined) {
        telemetry.problem(
          'intake',
          () =>
            `The sidecar takes telemetry from all who can reach ${url}, and shows them /metrics: give intakeToken, or listen on 127.0.0.1.`,
        );
      }
      return url;
    },
    close: () => telemetry.shutdown(),
  };
}

/** `createSidecar`, listening. Rejects with a `TelemetryError` that names the mend; nothing is left open then. */
export async function startSidecar(options: SidecarOptions = {}): Promise<Sidecar> {
  const sidecar = createSidecar(options);
  try {
    await sidecar.listen();
  } catch (error) {
    await sidecar.close();
    throw error;
  }
  return sidecar;
}

function sendJson(response: ServerResponse, data: object): void {
  const body = `${JSON.stringify(data)}\n`;
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
