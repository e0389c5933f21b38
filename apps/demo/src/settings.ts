/** What the environment says about this run. */
export interface Settings {
  /** Address to listen on; in a container all of them, as requests come from outside. */
  readonly host: string;
  /** Where to begin looking for a free port. */
  readonly port: number;
  /** Seconds until the demo stops by itself; Infinity: until Ctrl-C. */
  readonly seconds: number;
  /** Requests per second that the load generator sends. */
  readonly rate: number;
  /** Decides which requests the load generator sends, in which order. */
  readonly seed: number;
  /** How many requests the load generator sends before it rests; the shop stays open. */
  readonly requests: number;
  /** Also print every operation as a line. */
  readonly console: boolean;
  readonly redisUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  /** Where everything is sent by OTLP besides: a sidecar, or a collector. */
  readonly otlpUrl: string | undefined;
}

/** Throws for a variable that cannot be, naming it. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    host: env.HOST || '127.0.0.1',
    port: numberOf(env, 'PORT', 3000, 1, 65_535),
    seconds: numberOf(env, 'DEMO_SECONDS', Number.POSITIVE_INFINITY, 1, 86_400),
    rate: numberOf(env, 'DEMO_RATE', 30, 1, 200),
    seed: numberOf(env, 'DEMO_SEED', 1, 0, 2 ** 32 - 1),
    requests: numberOf(env, 'DEMO_REQUESTS', Number.POSITIVE_INFINITY, 1, 1e9),
    console: env.DEMO_CONSOLE === '1',
    redisUrl: env.REDIS_URL || undefined,
    databaseUrl: env.DATABASE_URL || undefined,
    otlpUrl: env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
  };
}

function numberOf(env: NodeJS.ProcessEnv, name: string, fallback: number, least: number, most: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!(value >= least && value <= most))
    throw new Error(`${name} is "${text}"; give a number from ${least} to ${most}.`);
  return value;
}
