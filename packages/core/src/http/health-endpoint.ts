import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import { UNOBSERVED } from '../runtime.ts';
import type { Telemetry } from '../telemetry.ts';
import { type ChecksHealth, type HealthCheck, HealthChecks } from './health-checks.ts';
import { pathOf } from './http-exchange.ts';
import { isLocalRequest, type OriginatingRequest } from './local-request.ts';
import { maskUrls } from './mask-urls.ts';

export interface HealthEndpointOptions {
  /** What the service cannot work without, by name: `{ db: (signal) => pool.query('select 1') }`. While one fails, the service is not ready. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Seconds that each check may take, up to 60. Default 0.9: Kubernetes gives a probe one second. */
  readonly timeout?: number;
  /** Who may read the detail, which names hosts; all others get the status alone. `local` (default): who asks from this machine. */
  readonly detail?: 'local' | 'all' | 'none';
  /** Where it is, for servers that leave the whole path in `request.url`, such as `node:http` and Fastify. Default `/health`. */
  readonly path?: string;
  /** Says that the service ends, for frameworks that know before telemetry does. */
  isEnding?(): boolean;
}

/** `failing`: a check fails. `degraded`: telemetry cannot deliver, or has too many series, while the service does its work. */
export type HealthStatus = 'ok' | 'degraded' | 'failing' | 'ending';

/** What is used of a request: those of `node:http`, Express and Nest fit. */
export interface HealthRequest extends OriginatingRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Whole, where a router has taken its part off `url`. */
  readonly originalUrl?: string | undefined;
}

/** What is used of a response: those of `node:http`, Express and Nest fit. */
export interface HealthResponse {
  readonly headersSent: boolean;
  readonly destroyed?: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body?: string): unknown;
}

/** Answers who asks how the service is. Never throws. */
export type HealthEndpoint = (
  request: HealthRequest | { readonly raw: HealthRequest },
  response: HealthResponse | { readonly raw: HealthResponse; hijack?(): unknown },
  next?: (error?: unknown) => void,
) => void;

type Place = 'live' | 'ready' | 'detail';

const NAME = 'healthEndpoint';
const DEFAULT_TIMEOUT = 0.9;
const MAX_TIMEOUT = 60;
const PLACES: ReadonlyMap<string, Place> = new Map([
  ['', 'detail'],
  ['/live', 'live'],
  ['/ready', 'ready'],
]);

/**
 * Answers probes, mounted with `app.use('/health', healthEndpoint(telemetry))`: `/live` with 200 while the process answers; `/ready` with 503 as soon
 * as the end has begun, and while a check fails; `/` likewise, with all that is known. What is wrong with telemetry makes no service unready.
 * Throws `ERR_OPTION` for options that are wrong.
 */
export function healthEndpoint(telemetry: Telemetry, options: HealthEndpointOptions = {}): HealthEndpoint {
  const { checks, timeout, detail, path, isEnding } = checkOptions(telemetry, options);
  const state = new HealthChecks({ checks, timeout, now: () => telemetry.monotonic() });
  const ends = (): boolean => telemetry.isEnding || isEnding();

  const answer = async (place: Place, request: HealthRequest, response: HealthResponse): Promise<void> => {
    if (place === 'live') return send(request, response, 200, { status: 'ok' });
    // Part of no trace: what a check calls is nothing that the service was asked for.
    const health = ends() ? undefined : await telemetry.withContext(UNOBSERVED, () => state.read());
    const status = ends() ? 'ending' : statusOf(health);
    const code = status === 'ok' ? 200 : 503;
    if (place === 'ready') return send(request, response, code, { status });
    const all = telemetry.health();
    const shown = { status: status === 'ok' ? all.status : status };
    const isShown = detail === 'all' || (detail === 'local' && isLocalRequest(request));
    send(request, response, code, isShown ? { ...shown, checks: health ?? {}, telemetry: all } : shown);
  };

  return (given, answered, next) => {
    const request = 'headers' in given ? given : given.raw;
    const response = 'headersSent' in answered ? answered : answered.raw;
    const below = pathBelow(path, request);
    if (below === undefined && next !== undefined) return next();
    if (!('headersSent' in answered)) answered.hijack?.();
    const place = PLACES.get(below ?? plainPath(request.url));
    if (place === undefined)
      return send(request, response, 404, { error: 'Not found; there are /, /live and /ready.' });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(request, response, 405, { error: 'Health is read with GET.' }, { Allow: 'GET, HEAD' });
    }
    answer(place, request, response).catch(() => send(request, response, 500, { status: 'failing' }));
  };
}

function checkOptions(telemetry: Telemetry, options: HealthEndpointOptions) {
  const fail = (message: string): never => {
    throw new TelemetryError('ERR_OPTION', message);
  };
  if (typeof telemetry?.health !== 'function') fail(`${NAME} needs a telemetry: ${NAME}(createTelemetry({ … })).`);
  checkKeys(NAME, options, ['checks', 'timeout', 'detail', 'path', 'isEnding']);
  const {
    checks = {},
    timeout = DEFAULT_TIMEOUT,
    detail = 'local',
    path = '/health',
    isEnding = () => false,
  } = options;
  if (typeof checks !== 'object' || checks === null) {
    fail(
      `"checks" of ${NAME} is ${String(checks)}; give an object of functions: { db: () => pool.query('select 1') }.`,
    );
  }
  for (const [name, check] of Object.entries(checks)) {
    if (typeof check !== 'function') {
      fail(`The check "${name}" of ${NAME} is of type ${typeof check}; give a function that throws while it fails.`);
    }
  }
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= MAX_TIMEOUT)) {
    fail(`"timeout" of ${NAME} is ${String(timeout)}; give seconds above 0, up to ${MAX_TIMEOUT}, such as 0.9.`);
  }
  if (!['local', 'all', 'none'].includes(detail)) {
    fail(`"detail" of ${NAME} is ${JSON.stringify(detail)}; give "local", "all" or "none".`);
  }
  if (typeof path !== 'string' || !path.startsWith('/')) {
    fail(`"path" of ${NAME} is ${JSON.stringify(path)}; give one that begins with a slash, such as "/health".`);
  }
  if (typeof isEnding !== 'function') fail(`"isEnding" of ${NAME} is of type ${typeof isEnding}; give a function.`);
  return { checks: { ...checks }, timeout, detail, path: plainPath(path), isEnding };
}

function statusOf(health: ChecksHealth | undefined): 'ok' | 'failing' {
  return Object.values(health ?? {}).every(({ status }) => status === 'ok') ? 'ok' : 'failing';
}

/** What comes after the place where this is; `undefined` when the request is for another place. */
function pathBelow(base: string, { url, originalUrl }: HealthRequest): string | undefined {
  const path = plainPath(url);
  // A router has matched it, and taken its part off.
  if (originalUrl !== undefined && originalUrl !== url) return path;
  if (path === base) return '';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}

/** Without query and slashes at the end. */
function plainPath(url = '/'): string {
  const path = pathOf(url);
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

function send(
  { method }: HealthRequest,
  response: HealthResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(body, (_key, value) => (typeof value === 'string' ? maskUrls(value) : value))}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(method === 'HEAD' ? undefined : text);
}
