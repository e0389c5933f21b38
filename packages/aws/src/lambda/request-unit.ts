import { answerOf, type HttpEvent, TIMEOUT_STATUS } from './http-event.ts';
import type { ResponseStreamProbe } from './response-stream.ts';
import { xrayOfInvocation } from './senders.ts';
import type { Unit, UnitEnd, UnitStart } from './unit.ts';

/** The gateway could make nothing of what the function answered. */
const MALFORMED = { name: 'malformed_response', message: 'the answer has no status' };
/** A stream that says nothing else. */
const STREAM_STATUS = 200;

/** A request being served. `stream`: where its response goes, if it is streamed. */
export function startRequestUnit(start: UnitStart, http: HttpEvent, stream: ResponseStreamProbe | undefined): Unit {
  const { telemetry, settings } = start.home;
  const parent = xrayOfInvocation(start.xray) ?? telemetry.activeContext();
  const request = telemetry.withContext(parent, () => telemetry.request(http.start));
  const route = routeOf(start, http);
  stream?.observe(() => {
    request.firstByte();
    request.stream();
  });

  const answer = ({ outcome, error, response }: UnitEnd) => {
    if (outcome === 'timed_out') return { status: TIMEOUT_STATUS, error };
    if (outcome === 'failed') return { status: http.failureStatus, error };
    if (stream !== undefined) return { status: stream.status() ?? STREAM_STATUS };
    const { status, responseBodySize, malformed } = answerOf(http, response);
    return { status, responseBodySize, ...(malformed && { error: MALFORMED }) };
  };
  return {
    trigger: 'http',
    span: request.span,
    run: (work) => request.run(work),
    end(end) {
      request.end({ ...answer(end), route: route(), requestBodySize: http.requestBodySize });
    },
  };

  function routeOf({ event, home }: UnitStart, { route: given }: HttpEvent): () => string | undefined {
    if (settings.route === undefined) return () => given;
    return () => {
      try {
        const found: unknown = settings.route?.(event as never);
        // An asynchronous one comes too late, and its failure must not end the process.
        if (found instanceof Promise) found.catch(() => {});
        return typeof found === 'string' ? found : undefined;
      } catch (error) {
        home.telemetry.problem(
          'lambdaTelemetry route',
          () => `"lambdaTelemetry.route" failed (${String(error)}); such requests are without a route.`,
        );
        return undefined;
      }
    };
  }
}
