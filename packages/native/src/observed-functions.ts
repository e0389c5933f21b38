import type { BoundaryProtocol, Telemetry } from '@telltale/core';
import { TelemetryError } from '@telltale/core';
import { CallRecorder } from './call-recorder.ts';
import type { ObserveAddonOptions } from './native-options.ts';
import { type Callable, observedFunction, type Receiver } from './observed-function.ts';

/** How many functions have names of their own: each is a series. */
const MAX_OPERATIONS = 200;
const OTHER = 'other';

/** Where a function was found. */
interface Place {
  readonly receiver?: Receiver | undefined;
  /** It is the add-on itself. */
  readonly isRoot?: boolean;
}

/** Observes the functions of one add-on or module: each function once, wherever it is met. */
export class ObservedFunctions {
  private readonly telemetry: Telemetry;
  private readonly owner: string;
  private readonly options: ObserveAddonOptions;
  private readonly protocol: BoundaryProtocol;
  private readonly recorders = new Map<string, CallRecorder>();
  private readonly found = new Set<string>();
  private readonly observed = new WeakMap<Callable, Callable>();

  constructor(telemetry: Telemetry, owner: string, protocol: BoundaryProtocol, options: ObserveAddonOptions) {
    this.telemetry = telemetry;
    this.owner = owner;
    this.protocol = protocol;
    this.options = options;
    this.tellSampling();
  }

  /** The function observed; itself, if it is not among those to observe. */
  observe(name: string, target: Callable, { receiver, isRoot = false }: Place = {}): Callable {
    if (!this.wants(name) && !isRoot) return target;
    const known = this.observed.get(target);
    if (known !== undefined) return known;
    const observed = observedFunction(target, {
      recorder: this.recorder(name),
      whole: this.isWhole,
      callback: this.options.callbacks?.includes(name) === true,
      receiver,
    });
    this.observed.set(target, observed);
    return observed;
  }

  /** Remembers a class observed, so that it is one wherever it is met. */
  remember(target: Callable, observed: Callable): void {
    this.observed.set(target, observed);
  }

  known(target: Callable): Callable | undefined {
    return this.observed.get(target);
  }

  /** Whether a function is to be observed. A class's name stands for all that it has. */
  wants(name: string): boolean {
    this.found.add(name);
    const { operations } = this.options;
    if (operations === undefined) return true;
    const [owner] = name.replace(/^new /, '').split('.');
    return operations.includes(name) || operations.includes(owner as string);
  }

  /** Whether anything of a class is to be observed. */
  wantsAnyOf(name: string): boolean {
    const wanted = this.options.operations?.some((one) => one === `new ${name}` || one.split('.')[0] === name);
    return wanted ?? true;
  }

  /** Throws for names in the options that no function has. */
  checkNames(): void {
    const found = new Set([...this.found].flatMap((name) => [name, name.replace(/^new /, '').split('.')[0] as string]));
    for (const option of ['operations', 'callbacks'] as const) {
      for (const name of this.options[option] ?? []) {
        if (found.has(name)) continue;
        throw new TelemetryError(
          'ERR_OPTION',
          `"${option}" of ${this.owner} has "${name}", which is no function there. There are ${[...this.found].slice(0, 20).join(', ')}.`,
        );
      }
    }
  }

  private get isWhole(): boolean {
    return this.options.spans === true || this.options.cpu === true;
  }

  private recorder(name: string): CallRecorder {
    const { to, cpu = false, sample = 'auto' } = this.options;
    const operation = this.recorders.size < MAX_OPERATIONS ? name : OTHER;
    if (operation === OTHER) {
      this.telemetry.problem(
        `${this.owner} ${to}`,
        () =>
          `${to} has more than ${MAX_OPERATIONS} functions; further ones are the operation "${OTHER}". Name those that matter in "operations" of ${this.owner}.`,
      );
    }
    let recorder = this.recorders.get(operation);
    if (recorder === undefined) {
      const calls = this.telemetry.boundaryCalls({ to, operation, protocol: this.protocol, cpu });
      recorder = new CallRecorder(calls, sample);
      this.recorders.set(operation, recorder);
    }
    return recorder;
  }

  /** Whenever metrics are read, calls that were not timed are recorded first. */
  private tellSampling(): void {
    if (this.isWhole) return;
    const description = 'Of how many calls of a function one is timed, where that is not each.';
    this.telemetry.observableGauge('boundary.call.sampling', { unit: '{call}', description }, ({ observe }) => {
      for (const recorder of this.recorders.values()) {
        recorder.flush();
        if (recorder.sample > 1) observe(recorder.sample, recorder.calls.attributes);
      }
    });
  }
}
