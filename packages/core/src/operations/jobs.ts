import type { Context, Attributes as SpanAttributes } from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import { checkKeys } from '../check-keys.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { settle } from '../settle.ts';
import { JobOperation, type JobOptions } from './job.ts';

/** How the calls of a wrapped function become jobs. What is a function here is called with the arguments of each call. */
export interface WrapOptions<Args extends readonly unknown[] = readonly unknown[]>
  extends Pick<JobOptions, 'queue' | 'resources' | 'span' | 'spanName'> {
  /** Default: the function's own. */
  readonly name?: string;
  /** On the metrics, the span and the event: keep them few. */
  readonly attributes?: Attributes | ((...args: Args) => Attributes | undefined);
  /** On the span only: unbounded. */
  readonly spanAttributes?: SpanAttributes | ((...args: Args) => SpanAttributes | undefined);
  /** Stops the job: one that throws after it has fired is `aborted`. */
  readonly signal?: AbortSignal | ((...args: Args) => AbortSignal | undefined);
}

const WRAP_OPTIONS = ['name', 'queue', 'attributes', 'spanAttributes', 'signal', 'resources', 'span', 'spanName'];

/** What jobs need from the telemetry around them. */
export interface JobsHome {
  readonly diagnostics: Diagnostics;
  /** Whether jobs are observed. */
  readonly observed: boolean;
  start(name: string, options: JobOptions): JobOperation;
  activeContext(): Context;
  shutdown(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: what a type parameter for functions has to extend
type AnyFunction = (this: any, ...args: any[]) => unknown;

/** What is about jobs besides `telemetry.job`. */
export class Jobs {
  private readonly home: JobsHome;

  constructor(home: JobsHome) {
    this.home = home;
  }

  /** Runs `work` as a job. */
  run<T>(name: string, options: JobOptions, work: (job: JobOperation) => T): T {
    const job = this.home.start(name, options);
    return settle(
      () => job.run(() => work(job)),
      (failed, error) => job.settled(failed, error),
    );
  }

  /**
   * The innermost job under way here, of whichever service of the process: for functions deep inside of one. `undefined` outside of jobs.
   * In a loop, ask once and keep it.
   */
  active(): JobOperation | undefined {
    return JobOperation.in(this.home.activeContext());
  }

  /**
   * A function like `fn`, synchronous or not, each call of which is a job: same arguments, `this`, result, errors, `name` and `length`.
   * Throws `ERR_OPTION` for what is no function, for generators, whose work their caller does, and for a function without a name.
   */
  wrap<F extends AnyFunction>(fn: F, options: WrapOptions<Parameters<F>> = {}): F {
    checkWrapped(fn, options);
    if (!this.home.observed) return fn;
    const name = options.name ?? fn.name;
    const jobs = this;
    function wrapped(this: unknown, ...args: Parameters<F>): unknown {
      return jobs.run(name, jobs.optionsFor(name, options, args), () => fn.apply(this, args));
    }
    Object.defineProperties(wrapped, {
      name: { value: fn.name, configurable: true },
      length: { value: fn.length, configurable: true },
    });
    return wrapped as F;
  }

  /**
   * Runs the job that the process is there for, then shuts telemetry down, then settles as `work` did: also the numbers of a job that fails
   * have left when Node prints its error. A failure, and a signal that ends the process before `work` has, make the exit code 1 unless another is set.
   */
  main<T>(name: string, work: (job: JobOperation) => T): Promise<Awaited<T>>;
  main<T>(name: string, options: JobOptions, work: (job: JobOperation) => T): Promise<Awaited<T>>;
  async main<T>(
    name: string,
    ...rest: [(job: JobOperation) => T] | [JobOptions, (job: JobOperation) => T]
  ): Promise<Awaited<T>> {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    let set = false;
    const fail = (): void => {
      set ||= process.exitCode === undefined;
      process.exitCode ??= 1;
    };
    try {
      const result = await this.run(name, options, (job) => {
        // By then the process may end without `work` having settled.
        job.signal.addEventListener('abort', fail, { once: true });
        return work(job);
      });
      if (set) process.exitCode = undefined;
      return result;
    } catch (error) {
      fail();
      throw error;
    } finally {
      await this.home.shutdown();
    }
  }

  private optionsFor<Args extends readonly unknown[]>(
    name: string,
    { queue, resources, span, spanName, attributes, spanAttributes, signal }: WrapOptions<Args>,
    args: Args,
  ): JobOptions {
    const of = <T>(what: string, given: T | ((...all: Args) => T | undefined) | undefined): T | undefined =>
      typeof given === 'function' ? this.ask(name, what, given as (...all: Args) => T | undefined, args) : given;
    // Missing and undefined are the same to a job.
    return {
      queue,
      resources,
      span,
      spanName,
      attributes: of('attributes', attributes),
      spanAttributes: of('spanAttributes', spanAttributes),
      signal: of('signal', signal),
    } as JobOptions;
  }

  private ask<Args extends readonly unknown[], T>(
    name: string,
    what: string,
    find: (...args: Args) => T | undefined,
    args: Args,
  ): T | undefined {
    try {
      return find(...args) ?? undefined;
    } catch (error) {
      this.home.diagnostics.problem(
        'ERR_VALUE',
        `jobs.wrap ${name} ${what}`,
        () => `"${what}" of the wrapped job "${name}" failed (${messageOf(error)}); the job runs without.`,
      );
      return undefined;
    }
  }
}

function checkWrapped(fn: AnyFunction, options: WrapOptions<never>): void {
  if (typeof fn !== 'function') {
    throw new TelemetryError('ERR_OPTION', `jobs.wrap was given a value of type ${typeof fn}; give a function.`);
  }
  checkKeys('jobs.wrap', options, WRAP_OPTIONS);
  const { name = fn.name } = options;
  if (typeof name !== 'string' || name.trim() === '') {
    throw new TelemetryError(
      'ERR_OPTION',
      "jobs.wrap was given a function without a name; say what the job is called: jobs.wrap(fn, { name: 'nightly-etl' }).",
    );
  }
  if (Object.prototype.toString.call(fn).includes('GeneratorFunction')) {
    throw new TelemetryError(
      'ERR_OPTION',
      `jobs.wrap was given the generator function "${name}", whose work is done by who iterates; wrap the function that does.`,
    );
  }
}
