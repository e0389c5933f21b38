import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, type Telemetry } from '@telltale/core';
import type { ProbedExporter, ProbeResult } from './probe-result.ts';

/** What is needed of an exporter that serves, as `prometheus()` gives it. */
interface Renders {
  readonly name: string;
  render(): Promise<{ readonly body: string }>;
}

/** The name of the span that is recorded, so that exporters of spans have one to send. */
const SPAN = 'telltale doctor';

/** Loads the module, as the service would, delivers what there is for so many seconds, and says how that went. Never rejects. */
export async function probeModule(specifier: string, folder: string, seconds: number): Promise<ProbeResult> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await load(specifier, folder);
  } catch (error) {
    return { telemetries: [], rendered: {}, error: messageOf(error) };
  }
  const named = Object.entries(exported);
  const telemetries = named.filter((entry): entry is [string, Telemetry] => isTelemetry(entry[1]));
  const distinct = telemetries.filter(([, one], i) => telemetries.findIndex(([, other]) => other === one) === i);
  return {
    telemetries: await Promise.all(
      distinct.map(async ([name, telemetry]) => {
        const spans = recordsSpans(telemetry);
        telemetry.span(SPAN, () => {});
        const answered = await within(telemetry.flush(), seconds);
        return { name, spans, exporters: exportersOf(telemetry, answered ? undefined : seconds) };
      }),
    ),
    rendered: Object.fromEntries(
      await Promise.all(
        named
          .map(([, value]) => value)
          .filter(renders)
          .map(render),
      ),
    ),
  };
}

async function load(specifier: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  // The service's name is looked for beside the file that was started.
  process.argv[1] = join(folder, 'telltale-doctor.js');
  const isFile = /^[./]|^[a-z]:/i.test(specifier) || /\.[cm]?[jt]s$/.test(specifier);
  const file = isFile ? resolve(folder, specifier) : createRequire(join(folder, 'package.json')).resolve(specifier);
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const { default: whole } = module;
  return { ...(typeof whole === 'object' && whole !== null && !isTelemetry(whole) && whole), ...module };
}

function isTelemetry(value: unknown): value is Telemetry {
  const { flush, health, span, traced } = (value ?? {}) as Partial<Telemetry>;
  return [flush, health, span, traced].every((method) => typeof method === 'function');
}

/** Whether it makes spans itself: those that another SDK makes have exporters of its own. Only our tracers have OpenTelemetry's `enabled` yet. */
function recordsSpans(telemetry: Telemetry): boolean {
  const { enabled } = telemetry.tracerProvider.getTracer(SPAN) as { enabled?(): boolean };
  return typeof enabled === 'function';
}

/** `waited`: the seconds after which not all had answered. */
function exportersOf(telemetry: Telemetry, waited: number | undefined): ProbedExporter[] {
  return telemetry.health().exporters.map(({ name, status, signals, lastError }) => {
    const statuses = Object.entries(signals).map(([signal, one]) => [signal, one.status] as const);
    const silent = waited !== undefined && statuses.every(([, one]) => one === 'idle');
    return {
      name,
      status: silent ? 'failing' : status,
      signals: Object.fromEntries(statuses),
      ...(silent && { error: `it gave no answer within ${waited} s` }),
      ...(status === 'failing' && lastError !== undefined && { error: lastError.message }),
    };
  });
}

function within(work: Promise<void>, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), seconds * 1000);
    void work.then(() => resolve(true));
  });
}

function renders(value: unknown): value is Renders {
  const { name, render } = (value ?? {}) as Partial<Renders>;
  return typeof name === 'string' && typeof render === 'function';
}

async function render(exporter: Renders): Promise<[string, { lines: number } | { error: string }]> {
  try {
    const { body } = await exporter.render();
    return [exporter.name, { lines: body.split('\n').length - 1 }];
  } catch (error) {
    return [exporter.name, { error: messageOf(error) }];
  }
}
