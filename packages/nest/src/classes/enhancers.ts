import { MetadataScanner } from '@nestjs/core';
import type { Telemetry } from '@telltale/core';
import { currentDelivery } from '../jobs/delivery.ts';
import { type Ends, follow } from '../jobs/follow.ts';
import { messageFailed } from '../jobs/observe-jobs.ts';
import { type Class, classOf, type Wrapper } from './container.ts';
import { tellRequest } from './exceptions.ts';
import { MethodSpan, type MethodSpanOptions } from './method-span.ts';
import { attachSpans, type SpanSelection, wantsSpan } from './span-selection.ts';
import { type Around, attachTelemetry, wrapMethod } from './wrap-method.ts';

/** What Nest puts around handlers, with the method that it calls of each and the key under which `@UseGuards` and the like note them. */
const KINDS = {
  guard: { method: 'canActivate', metadata: '__guards__' },
  pipe: { method: 'transform', metadata: '__pipes__' },
  interceptor: { method: 'intercept', metadata: '__interceptors__' },
  filter: { method: 'catch', metadata: '__exceptionFilters__' },
} as const;
/** Where parameter decorators note their pipes. */
const PARAMETERS = '__routeArguments__';

export type EnhancerKind = keyof typeof KINDS;
const ENHANCER_KINDS = Object.keys(KINDS) as readonly EnhancerKind[];

/** Observes guards, pipes, interceptors and exception filters, wherever an application keeps them. */
export class EnhancerObserver {
  private readonly telemetry: Telemetry;
  private readonly spans: SpanSelection;
  private readonly scanner = new MetadataScanner();

  constructor(telemetry: Telemetry, spans: SpanSelection) {
    this.telemetry = telemetry;
    this.spans = spans;
  }

  /** A class that the container holds as one, if it does: among providers, only what was given as `APP_GUARD` and the like. */
  observeWrapper(wrapper: Wrapper, isInjectable: boolean): void {
    const { subtype } = wrapper;
    if (subtype === undefined && !isInjectable) return;
    const prototype = classOf(wrapper)?.prototype;
    if (prototype === undefined) return;
    for (const kind of subtype === undefined ? ENHANCER_KINDS : [subtype]) this.observe(prototype, kind);
  }

  /** Those that are bound as objects to a class, its methods and their parameters. */
  observeBound(metatype: Class): void {
    const { prototype } = metatype;
    const methods = this.scanner.getAllMethodNames(prototype);
    const hosts = [metatype, ...methods.map((name) => (prototype as Readonly<Record<string, unknown>>)[name])];
    for (const kind of ENHANCER_KINDS) {
      const bound = hosts.flatMap((host) =>
        typeof host === 'function' ? listOf(Reflect.getMetadata(KINDS[kind].metadata, host)) : [],
      );
      this.observeObjects(bound, kind);
    }
    for (const name of methods) {
      const parameters: unknown = Reflect.getMetadata(PARAMETERS, metatype, name);
      if (typeof parameters !== 'object' || parameters === null) continue;
      for (const parameter of Object.values(parameters)) this.observeObjects(listOf(parameter?.pipes), 'pipe');
    }
  }

  /** Objects that were given as they are. */
  observeObjects(enhancers: readonly unknown[], kind: EnhancerKind): void {
    const { method } = KINDS[kind];
    for (const enhancer of enhancers) {
      if (typeof enhancer !== 'object' || enhancer === null) continue;
      this.observe(Object.hasOwn(enhancer, method) ? enhancer : Object.getPrototypeOf(enhancer), kind);
      this.attach(enhancer);
    }
  }

  private observe(target: object, kind: EnhancerKind): void {
    if (target === Object.prototype) return;
    const { method } = KINDS[kind];
    try {
      wrapMethod(target, method, aroundOf(kind, `${target.constructor.name}.${method}`), kind);
    } catch {
      // Frozen: it works, and has no spans.
    }
    this.attach(target);
  }

  private attach(target: object): void {
    try {
      attachTelemetry(target, this.telemetry);
      attachSpans(target, this.spans);
    } catch {
      // Frozen.
    }
  }
}

function aroundOf(kind: EnhancerKind, name: string): Around {
  const span = new MethodSpan(name, { [FUNCTION_NAME]: name, [TYPE]: kind }, kind === 'guard' ? GUARD : {});
  return (telemetry, proceed, enhancer, [exception, host]) => {
    if (kind === 'filter') tellRequest(exception, host);
    const observed = kind === 'filter' ? proceed : inMessage(proceed);
    return wantsSpan(enhancer, kind) ? span.runInside(telemetry, observed) : observed();
  };
}

const FUNCTION_NAME = 'code.function.name';
const TYPE = 'nestjs.type';
const ALLOWED = 'nestjs.guard.allowed';

/** What fails on the way to the handler of a message is told to its job: nobody else hears of it. */
function inMessage(proceed: () => unknown): () => unknown {
  return currentDelivery() === undefined ? proceed : () => follow(proceed, TROUBLE, (subscribe) => subscribe());
}

const TROUBLE: Ends = { completed: () => {}, failed: messageFailed, abandoned: () => {} };

/** A guard that refuses throws nothing itself. */
const GUARD: MethodSpanOptions = {
  returned: (span, value) => {
    if (value === false) span.setAttribute(ALLOWED, false);
  },
};

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
