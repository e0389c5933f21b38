import type { Exporter, Telemetry } from '@telltale/core';
import { EXPORTER_NAMES } from '@telltale-internal/fleet/names';
import type { Experiment, Loop, Row } from '../experiment.ts';
import { LoopClock } from './loop-clock.ts';
import { startTelltale } from './telltale.ts';

/** Requests a second, and for how long. */
const RATE = 1000;
const SECONDS = 20;
/** Seconds between exports: metrics three times as often as by default, so that a turn has them once. */
const INTERVAL = { metrics: SECONDS, spans: 5, events: 1 };

/** A thing to wait for: calls to exporters that are under way. */
function watched(exporter: Exporter, calls: { underWay: number }): Exporter {
  const during = async <T>(call: Promise<T> | undefined): Promise<T | undefined> => {
    calls.underWay++;
    try {
      return await call;
    } finally {
      calls.underWay--;
    }
  };
  const { exportMetrics, exportSpans, exportEvents } = exporter;
  return {
    ...exporter,
    ...(exportMetrics && { exportMetrics: (...given) => during(exportMetrics(...given)) }),
    ...(exportSpans && { exportSpans: (...given) => during(exportSpans(...given)) }),
    ...(exportEvents && { exportEvents: (...given) => during(exportEvents(...given)) }),
  };
}

/** Takes everything and does nothing with it. */
const SINK: Exporter = {
  name: 'sink',
  temporality: 'delta',
  exportMetrics: async () => {},
  exportSpans: async () => {},
  exportEvents: async () => {},
};

/** 250 series as the demo has, of requests of which some fail and some are slow. */
function serve(telemetry: Telemetry, second: number): void {
  for (let i = 0; i < RATE; i++) {
    const n = second * RATE + i;
    const request = telemetry.request({ method: n % 5 === 0 ? 'POST' : 'GET', path: `/products/${n}`, scheme: 'http' });
    request.end({
      route: `/route-${n % 20}/:id`,
      status: n % 50 === 0 ? 500 : n % 10 === 0 ? 404 : 200,
      requestBodySize: 100,
      responseBodySize: 1000,
    });
  }
}

async function traffic(chosen: readonly string[], sampling?: { readonly ratio: number }): Promise<Loop> {
  const { exportersOf, startStandIns } = await import('@telltale-internal/fleet');
  const standIns = await startStandIns();
  const calls = { underWay: 0 };
  const exporters = exportersOf(standIns.addresses, () => ({ interval: INTERVAL })).filter(({ name }) =>
    chosen.includes(name),
  );
  const clock = new LoopClock();
  const problems: string[] = [];
  const telemetry = await startTelltale({
    clock,
    exporters: [SINK, ...exporters].map((exporter) => watched(exporter, calls)),
    onError: (error) => void problems.push(error.message),
    ...(sampling && { sampling }),
  });
  let served = 0;
  return {
    async run(times) {
      for (let second = 0; second < times * SECONDS; second++) {
        serve(telemetry, second);
        served += RATE;
        clock.pass(1);
        // Waiting must not be measured: turning the event loop is work.
        do await new Promise((resolve) => setTimeout(resolve, 2));
        while (calls.underWay > 0);
      }
    },
    async settle() {
      await telemetry.flush();
      if (problems.length > 0) throw new Error(problems[0]);
      const { exporters } = telemetry.health();
      const dropped = exporters.find((exporter) => exporter.dropped > 0);
      if (dropped !== undefined) throw new Error(`${dropped.name} dropped ${dropped.dropped} in ${served} requests`);
    },
  };
}

const row = (what: string, ours: string, percent: number): Row => ({
  what: `${what}, ${RATE} requests a second for ${SECONDS} s`,
  ours,
  peer: 'a sink',
  added: 'a sink',
  figure: 'time',
  unit: 'ms',
  budget: { atMost: SECONDS * 1000 * (percent / 100) },
});

export const experiment: Experiment = {
  name: 'exporters',
  file: import.meta.url,
  programs: {
    'a sink': () => traffic([]),
    all: () => traffic(EXPORTER_NAMES),
    'all, one trace in ten': () => traffic(EXPORTER_NAMES, { ratio: 0.1 }),
    ...Object.fromEntries(EXPORTER_NAMES.map((name) => [name, () => traffic([name])])),
  },
  rows: [
    row(`CPU added by all ${EXPORTER_NAMES.length} exporters`, 'all', 5),
    row(`CPU added by all ${EXPORTER_NAMES.length} exporters, one trace in ten`, 'all, one trace in ten', 5),
    ...EXPORTER_NAMES.map((name) => row(`CPU added by ${name}`, name, 2)),
  ],
  launches: 1,
  rounds: 2,
  roundTime: 1,
  warmUp: 1500,
};
