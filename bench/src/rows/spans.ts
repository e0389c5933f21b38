import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import type { Experiment, Loop } from '../experiment.ts';
import { startTracerProvider } from './opentelemetry.ts';
import { spanSink, startTelltale } from './telltale.ts';

/** Both buffers hold 2,048 spans and drop what comes then, which costs less than keeping it: they are emptied in time, outside of what is measured. */
const UNTIL_FULL = 1024;

function spans(tracer: Tracer, settle: () => Promise<void>): Loop {
  return {
    bytes: true,
    atMost: UNTIL_FULL,
    settle,
    run(times) {
      for (let i = 0; i < times; i++) {
        const attributes = {
          'http.request.method': 'GET',
          'http.route': '/users/:id',
          'http.response.status_code': 200,
          'url.scheme': 'http',
          'user.tier': 'pro',
        };
        tracer.startSpan('GET /users/:id', { attributes }, ROOT_CONTEXT).end();
      }
    },
  };
}

/** Checks that all spans arrived, or none: a fast way to lose them is no merit. */
function checked(
  sink: { readonly spans: number },
  flush: () => Promise<void>,
  expected: 'some' | 'none',
): () => Promise<void> {
  let before = 0;
  return async () => {
    await flush();
    const arrived = sink.spans > before ? 'some' : 'none';
    before = sink.spans;
    if (arrived !== expected) throw new Error(`${arrived} of the spans arrived`);
  };
}

async function telltale(ratio: number): Promise<Loop> {
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: [sink], sampling: { ratio } });
  const flush = (): Promise<void> => telemetry.flush();
  return spans(telemetry.tracerProvider.getTracer('bench'), checked(sink, flush, ratio > 0 ? 'some' : 'none'));
}

async function openTelemetry(isSampled: boolean): Promise<Loop> {
  const { AlwaysOffSampler, ParentBasedSampler } = await import('@opentelemetry/sdk-trace');
  const sampler = isSampled ? undefined : new ParentBasedSampler({ root: new AlwaysOffSampler() });
  const { provider, sink } = await startTracerProvider(sampler);
  const flush = (): Promise<void> => provider.forceFlush();
  return spans(provider.getTracer('bench'), checked(sink, flush, isSampled ? 'some' : 'none'));
}

export const experiment: Experiment = {
  name: 'span',
  file: import.meta.url,
  programs: {
    telltale: () => telltale(1),
    'telltale, not sampled': () => telltale(0),
    'OpenTelemetry SDK': () => openTelemetry(true),
    'OpenTelemetry SDK, not sampled': () => openTelemetry(false),
  },
  rows: [
    {
      what: 'span, 5 attributes, ended and buffered',
      ours: 'telltale',
      peer: 'OpenTelemetry SDK',
      figure: 'time',
      unit: 'ns',
      budget: { ratio: 500 / 1533 },
    },
    {
      what: 'span, 5 attributes, allocated',
      ours: 'telltale',
      peer: 'OpenTelemetry SDK',
      figure: 'bytes',
      unit: 'B',
      budget: { atMost: 900 },
    },
    {
      what: 'span that is not sampled',
      ours: 'telltale, not sampled',
      peer: 'OpenTelemetry SDK',
      figure: 'time',
      unit: 'ns',
      budget: { ratio: 120 / 1533 },
    },
    {
      what: 'span that is not sampled',
      ours: 'telltale, not sampled',
      peer: 'OpenTelemetry SDK, not sampled',
      figure: 'time',
      unit: 'ns',
    },
  ],
};
