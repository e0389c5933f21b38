import type { Attributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import { isThenable } from '../settle.ts';
import type { MetricDescriptor } from './snapshot.ts';

/** A value that a callback reported. */
export interface Observation {
  readonly value: number;
  readonly attributes: Attributes | undefined;
}

/** An instrument, as far as its callbacks' results concern it. */
export interface ObservedInstrument {
  readonly descriptor: MetricDescriptor;
  /** Replaces what `reporter` reported before. */
  commit(reporter: object, observations: readonly Observation[]): void;
  /** Leaves out what `reporter` reported before, until its next commit. */
  hide(reporter: object): void;
}

/** Takes one value for one instrument. */
type Report = (instrument: ObservedInstrument, value: number, attributes?: Attributes) => void;

interface Registration {
  readonly instruments: readonly ObservedInstrument[];
  /** What `remove` is given. */
  readonly key: unknown;
  readonly run: (report: Report) => void | Promise<void>;
  /** Resolves when the run that is under way has ended, or has reached its time limit. */
  running: Promise<void> | undefined;
}

/** Seconds that an asynchronous callback may take before its series are left out. */
const TIME_LIMIT = 5;

export interface CollectOptions {
  /** Seconds that asynchronous callbacks of observable instruments may take, if less than 5. */
  readonly timeout?: number;
  /** Told what callbacks threw or rejected with, and of those that took too long; `onError` is told in any case. */
  readonly onFailure?: (error: unknown) => void;
}
/** Seconds for which a synchronous callback may hold the process before it is told of. */
const SLOW = 0.1;

/** Runs the callbacks of observable instruments so that one that throws, hangs or is slow spoils only its own series. */
export class ObservableCallbacks {
  private readonly registrations = new Set<Registration>();
  private readonly clock: Clock;
  private readonly diagnostics: Diagnostics;

  constructor(clock: Clock, diagnostics: Diagnostics) {
    this.clock = clock;
    this.diagnostics = diagnostics;
  }

  add(instruments: readonly ObservedInstrument[], key: unknown, run: Registration['run']): void {
    if (this.find(instruments, key) === undefined) {
      this.registrations.add({ instruments, key, run, running: undefined });
    }
  }

  /** The one that was added for the same instruments. */
  remove(instruments: readonly ObservedInstrument[], key: unknown): void {
    const registration = this.find(instruments, key);
    if (registration === undefined) return;
    this.registrations.delete(registration);
    commit(registration, []);
  }

  /** Runs them all. What is synchronous is done when this returns; the promise waits for the rest, up to the time limit. Never rejects. */
  async run(options?: CollectOptions): Promise<void> {
    await Promise.all([...this.registrations].map((registration) => this.runOne(registration, options)));
  }

  private find(instruments: readonly ObservedInstrument[], key: unknown): Registration | undefined {
    const wanted = new Set(instruments);
    return [...this.registrations].find(
      (one) =>
        one.key === key &&
        new Set(one.instruments).size === wanted.size &&
        one.instruments.every((of) => wanted.has(of)),
    );
  }

  private runOne(registration: Registration, options: CollectOptions | undefined): Promise<void> | undefined {
    // Whoever else reads at the same time waits for the same run; past the limit, for none: another one would hang too.
    if (registration.running !== undefined) return registration.running;
    const reported: [ObservedInstrument, Observation][] = [];
    const started = this.clock.monotonic();
    let result: void | Promise<void>;
    try {
      result = registration.run((instrument, value, attributes) => {
        reported.push([instrument, { value, attributes: copyOf(attributes) }]);
      });
    } catch (error) {
      this.failed(registration, error, options);
      return undefined;
    }
    const took = this.clock.monotonic() - started;
    if (took > SLOW) {
      this.problem(
        registration,
        `held the process for ${Math.round(took * 1000)} ms; let it read a value that is kept elsewhere`,
      );
    }
    if (!isThenable(result)) {
      commit(registration, reported);
      return undefined;
    }
    registration.running = this.wait(registration, Promise.resolve(result), reported, options);
    return registration.running;
  }

  private wait(
    registration: Registration,
    result: Promise<void>,
    reported: readonly [ObservedInstrument, Observation][],
    options: CollectOptions | undefined,
  ): Promise<void> {
    const limit = Math.min(TIME_LIMIT, options?.timeout ?? TIME_LIMIT);
    return new Promise((resolve) => {
      let late = false;
      const cancel = this.clock.schedule(() => {
        late = true;
        hide(registration);
        this.problem(registration, `did not finish within ${limit} s; its series are left out until it does`);
        options?.onFailure?.(new DOMException(`a callback did not finish within ${limit} s`, 'TimeoutError'));
        resolve();
      }, limit);
      const done = (settle: () => void): void => {
        registration.running = undefined;
        cancel();
        if (!late && this.registrations.has(registration)) settle();
        resolve();
      };
      result.then(
        () => done(() => commit(registration, reported)),
        (error: unknown) => done(() => this.failed(registration, error, options)),
      );
    });
  }

  /** An old value would pass for a new one, so the series go until the callback works again. */
  private failed(registration: Registration, error: unknown, options: CollectOptions | undefined): void {
    hide(registration);
    options?.onFailure?.(error);
    this.problem(registration, `failed (${messageOf(error)}); its series are left out until it works again`);
  }

  private problem(registration: Registration, what: string): void {
    const names = registration.instruments.map((instrument) => `"${instrument.descriptor.name}"`).join(', ');
    this.diagnostics.problem('ERR_CALLBACK', names, () => `A callback of ${names} ${what}.`);
  }
}

function commit(registration: Registration, reported: readonly (readonly [ObservedInstrument, Observation])[]): void {
  for (const instrument of registration.instruments) {
    const own = reported.filter(([of]) => of === instrument).map(([, observation]) => observation);
    instrument.commit(registration, own);
  }
}

function hide(registration: Registration): void {
  for (const instrument of registration.instruments) instrument.hide(registration);
}

/** Callbacks may reuse the object for the next observation. */
function copyOf(attributes: Attributes | undefined): Attributes | undefined {
  if (typeof attributes !== 'object' || attributes === null) return attributes;
  try {
    return { ...attributes };
  } catch {
    // A getter that throws: told when the series is looked for.
    return attributes;
  }
}
