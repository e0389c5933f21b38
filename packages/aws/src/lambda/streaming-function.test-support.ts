import { createTelemetry } from '@telltale/core';
import { emf } from '@telltale/exporter-cloudwatch';
import { lambdaTelemetry } from '../index.ts';

interface ResponseStream {
  write(chunk: string): void;
  end(chunk?: string): void;
}

/** What Lambda puts into its processes. */
declare const awslambda: {
  streamifyResponse<Handler>(handler: Handler): Handler;
  readonly HttpResponseStream: { from(stream: ResponseStream, metadata: object): ResponseStream };
};

const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [emf({ namespace: 'Shop', interval: 3600 })],
  metrics: { disable: ['telltale.*'] },
});

async function answer(event: { readonly rawPath: string }, responseStream: ResponseStream): Promise<void> {
  if (event.rawPath === '/throws') throw new RangeError('no');
  const stream =
    event.rawPath === '/plain'
      ? responseStream
      : awslambda.HttpResponseStream.from(responseStream, { statusCode: 418, headers: { 'x-a': 'b' } });
  stream.write('short ');
  await new Promise((resolve) => setTimeout(resolve, 20));
  stream.end('and stout');
}

export const handler = lambdaTelemetry(telemetry, awslambda.streamifyResponse(answer));
/** The other way round. */
export const inner = awslambda.streamifyResponse(lambdaTelemetry(telemetry, answer));
