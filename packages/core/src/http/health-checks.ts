import { messageOf } from '../errors.ts';
import { maskUrls } from './mask-urls.ts';

/** Whether something that the service needs works: throws, rejects or gives `false` where it does not. `signal` fires when its time is over. */
export type HealthCheck = (signal: AbortSignal) => unknown;

/** How a check went. */
interface CheckHealth {
  readonly status: 'ok' | 'failing';
  /** Seconds that it took. */
  readonly seconds: number;
  /** Why it fails, without the credentials of URLs. */
  readonly error?: string;
}

export type ChecksHealth = Readonly<Record<string, CheckHealth>>;

/** Seconds for which an outcome is good enough, however many ask. */
const AGE = 1;

export interface HealthChecksOptions {
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Seconds that each may take. */
  readonly timeout: number;
  /** Seconds by the monotonic clock. */
  now(): number;
}

/** Runs checks side by side, each never twice at a time, also when it goes on after its time. */
export class HealthChecks {
  private readonly options: HealthChecksOptions;
  /** Those that were called and have not settled. */
  private readonly busy = new Set<string>();
  private running: Promise<ChecksHealth> | undefined = undefined;
  private last: { readonly health: ChecksHealth; readonly at: number } | undefined = undefined;

  constructor(options: HealthChecksOptions) {
    this.options = options;
  }

  /** Never rejects; at the latest after the time that one may take. */
  read(): Promise<ChecksHealth> {
    const { last, options } = this;
    if (last !== undefined && options.now() - last.at < AGE) return Promise.resolve(last.health);
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<ChecksHealth> {
    const { checks, now } = this.options;
    const outcomes = Object.entries(checks).map(async ([name, check]) => {
      const began = now();
      const error = await this.failureOf(name, check);
      const seconds = now() - began;
      const health: CheckHealth =
        error === undefined ? { status: 'ok', seconds } : { status: 'failing', seconds, error: maskUrls(error) };
      return [name, health] as const;
    });
    const health = Object.fromEntries(await Promise.all(outcomes));
    this.last = { health, at: now() };
    this.running = undefined;
    return health;
  }

  /** `undefined`: it works. */
  private async failureOf(name: string, check: HealthCheck): Promise<string | undefined> {
    const { timeout } = this.options;
    if (this.busy.has(name)) return 'an earlier run of it has still not ended';
    const controller = new AbortController();
    this.busy.add(name);
    const settled = outcomeOf(check, controller.signal).finally(() => this.busy.delete(name));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        const message = `it took longer than ${timeout} s`;
        controller.abort(new DOMException(message, 'TimeoutError'));
        resolve(message);
      }, timeout * 1000);
      timer.unref();
    });
    const failure = await Promise.race([settled, late]);
    clearTimeout(timer);
    return failure;
  }
}

async function outcomeOf(check: HealthCheck, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await check(signal)) === false ? 'it gave false' : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
