import {
  bullmqTelemetry,
  type ObservableQueue,
  type ObservableWorker,
  observeQueue,
  observeWorker,
} from '@telltale/bullmq';
import { messageOf, type Telemetry } from '@telltale/core';
import type { ModuleInstrumentation } from './loaded-modules.ts';

type Class = new (...args: never[]) => object;

/** Where the options are among the arguments of each class's constructor. */
const OPTIONS = { Queue: 1, Worker: 2, FlowProducer: 0 } as const;
type Name = keyof typeof OPTIONS;

/** Gives queues, workers and flow producers the `telemetry` option, and observes them once they are made. */
export function instrumentBullmq(telemetry: Telemetry): ModuleInstrumentation {
  const classes = new ObservedClasses(telemetry);
  return {
    name: 'bullmq',
    majors: [5, 6],
    instrument: (exports) => (isNamespace(exports) ? classes.replaceIn(exports) : classes.replacing(exports)),
  };
}

/** A namespace is changed in place; what it gives back becomes its `default`. */
function isNamespace(exports: object): boolean {
  return (exports as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Module';
}

class ObservedClasses {
  private readonly telemetry: Telemetry;
  private readonly tracing: ReturnType<typeof bullmqTelemetry>;
  /** However a class is loaded, it stays one class. */
  private readonly observed = new WeakMap<Class, Class>();

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
    this.tracing = bullmqTelemetry(telemetry);
  }

  replaceIn(namespace: object): object {
    Object.assign(namespace, this.classesOf(namespace));
    const { default: whole } = namespace as { readonly default?: unknown };
    return typeof whole === 'object' && whole !== null ? this.replacing(whole) : namespace;
  }

  /** Another object, because CommonJS exports that come from further files cannot be changed. */
  replacing(exports: object): object {
    const classes = Object.entries(this.classesOf(exports)).map(([name, value]) => [name, { value, enumerable: true }]);
    return Object.create(Object.getPrototypeOf(exports), {
      ...Object.getOwnPropertyDescriptors(exports),
      ...Object.fromEntries(classes),
    });
  }

  private classesOf(exports: object): Partial<Record<Name, Class>> {
    const found = Object.keys(OPTIONS).flatMap((name): [string, Class][] => {
      const original: unknown = (exports as Readonly<Record<string, unknown>>)[name];
      return typeof original === 'function' ? [[name, this.observe(name as Name, original as Class)]] : [];
    });
    return Object.fromEntries(found);
  }

  private observe(name: Name, original: Class): Class {
    let observed = this.observed.get(original);
    if (observed === undefined) {
      observed = new Proxy(original, {
        construct: (target, args: unknown[], newTarget) => {
          const index = OPTIONS[name];
          const byHand = isOurs(args[index], this.tracing);
          if (!byHand) args[index] = this.withTelemetry(name, args[index]);
          const made: object = Reflect.construct(target, args, newTarget);
          if (!byHand) this.observeMade(name, made);
          return made;
        },
      });
      this.observed.set(original, observed);
      // A class that is already observed, as when it is loaded in another way.
      this.observed.set(observed, observed);
    }
    return observed;
  }

  private withTelemetry(name: Name, given: unknown): unknown {
    // A worker without options is told by BullMQ what is missing; for the others this is BullMQ's default.
    const options = given === undefined && name !== 'Worker' ? { connection: {} } : given;
    if (typeof options !== 'object' || options === null || hasTelemetry(options)) return options;
    return { ...options, telemetry: this.tracing };
  }

  private observeMade(name: Name, made: object): void {
    const { telemetry } = this;
    try {
      if (name === 'Queue') observeQueue(made as ObservableQueue, telemetry);
      if (name === 'Worker') observeWorker(made as ObservableWorker, telemetry);
    } catch (error) {
      telemetry.problem(`bullmq ${name}`, () => `A BullMQ ${name} is not observed: ${messageOf(error)}`);
    }
  }
}

/** Whether the program has observed by hand: whichever telemetry it used, that one has it. */
function isOurs(options: unknown, tracing: object): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    hasTelemetry(options) &&
    options.telemetry.constructor === tracing.constructor
  );
}

function hasTelemetry(options: object): options is { readonly telemetry: object } {
  return 'telemetry' in options && typeof options.telemetry === 'object' && options.telemetry !== null;
}
