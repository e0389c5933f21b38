import { ManualClock } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import { type Sidecar, type SidecarOptions, startSidecar } from './index.ts';

/** 2026-01-01, in nanoseconds: where the clocks of tests are. */
export const START = 1_767_225_600;

/** Nanoseconds, as JSON has them. */
export function nanos(secondsAfterStart: number): string {
  return `${BigInt(START + secondsAfterStart) * 1_000_000_000n}`;
}

export interface RunningSidecar {
  readonly sidecar: Sidecar;
  readonly url: string;
  readonly clock: ManualClock;
  /** Problems that were told. */
  readonly problems: string[];
  /** Samples of /metrics by their line without the value, those of the sidecar itself left out. */
  scrape(pattern?: RegExp): Promise<Record<string, number>>;
  /** Sends a request of OTLP in JSON. */
  send(path: string, document: object): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** A sidecar on a free port, with time that stands still unless a test says otherwise. */
export async function runningSidecar(options: SidecarOptions = {}): Promise<RunningSidecar> {
  const clock = new ManualClock(START);
  const problems: string[] = [];
  const sidecar = await startSidecar({
    port: 0,
    clock,
    shutdown: { signals: false },
    onError: ({ message }) => problems.push(message),
    ...options,
  });
  onTestFinished(() => sidecar.close());
  const url = sidecar.url as string;
  return {
    ...{ sidecar, url, clock, problems },
    scrape: async (pattern = /./) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const samples = text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('telltale_'));
      return Object.fromEntries(
        samples
          .filter((line) => pattern.test(line))
          .map((line) => {
            const at = line.lastIndexOf(' ');
            return [withSortedLabels(line.slice(0, at)), Number(line.slice(at + 1))];
          }),
      );
    },
    send: async (path, document) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(document),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

function withSortedLabels(sample: string): string {
  const [name = '', labels] = sample.slice(0, -1).split('{');
  return labels === undefined
    ? sample
    : `${name}{${labels
        .split(/,(?=[a-z_]+=")/)
        .sort()
        .join(',')}}`;
}

/** One counter in a request, as a hand would write it. */
export function counterRequest(
  service: Readonly<Record<string, string>>,
  name: string,
  points: readonly {
    readonly value: number;
    readonly start?: number;
    readonly time?: number;
    readonly attributes?: Readonly<Record<string, string>>;
  }[],
  temporality: 1 | 2 = 2,
): object {
  const list = (attributes: Readonly<Record<string, string>>): object[] =>
    Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return {
    resourceMetrics: [
      {
        resource: { attributes: list(service) },
        scopeMetrics: [
          {
            scope: { name: 'hand' },
            metrics: [
              {
                name,
                sum: {
                  aggregationTemporality: temporality,
                  isMonotonic: true,
                  dataPoints: points.map(({ value, start = 0, time = 1, attributes = {} }) => ({
                    startTimeUnixNano: nanos(start),
                    timeUnixNano: nanos(time),
                    asInt: String(value),
                    attributes: list(attributes),
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  };
}
