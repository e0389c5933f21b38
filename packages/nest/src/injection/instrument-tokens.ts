import 'reflect-metadata';
import { type FactoryProvider, Scope } from '@nestjs/common';
import type { HistogramOptions, InstrumentOptions, SummaryOptions, Telemetry } from '@telltale/core';
import { TELEMETRY } from './tokens.ts';

/** The instruments that can be injected, with their options. */
export interface Injectables {
  readonly counter: InstrumentOptions;
  readonly upDownCounter: InstrumentOptions;
  readonly gauge: InstrumentOptions;
  readonly histogram: HistogramOptions;
  readonly summary: SummaryOptions;
}

export type InstrumentKind = keyof Injectables;

interface Wish<Kind extends InstrumentKind = InstrumentKind> {
  readonly kind: Kind;
  readonly name: string;
  readonly options: Injectables[Kind] | undefined;
}

/** Where a module class keeps what was asked for by decorators: they run when classes are defined, before any application. */
const WISHES = Symbol.for('telltale.nest.instruments');

/** Notes at the module class that someone wants an instrument; gives the token under which the module provides it. */
export function wishFor<Kind extends InstrumentKind>(
  module: object,
  kind: Kind,
  name: string,
  options: Injectables[Kind] | undefined,
): string {
  const token = `Telltale ${kind} "${name}"`;
  const wishes = wishesOf(module);
  wishes.set(token, [...(wishes.get(token) ?? []), { kind, name, options }]);
  return token;
}

/**
 * The providers of all instruments that were asked for so far. Each is made when it is first injected, in the application that does: options
 * that contradict one another throw then, as they do without Nest.
 */
export function instrumentProviders(module: object): readonly (FactoryProvider & { readonly provide: string })[] {
  return [...wishesOf(module)].map(([provide, wishes]) => ({
    provide,
    scope: Scope.TRANSIENT,
    inject: [TELEMETRY],
    useFactory: (telemetry: Telemetry) => wishes.map((wish) => instrumentOf(telemetry, wish)).at(-1),
  }));
}

function instrumentOf(telemetry: Telemetry, { kind, name, options }: Wish): unknown {
  return options === undefined ? telemetry[kind](name) : telemetry[kind](name, options as HistogramOptions);
}

function wishesOf(module: object): Map<string, readonly Wish[]> {
  const known: Map<string, readonly Wish[]> | undefined = Reflect.getOwnMetadata(WISHES, module);
  if (known !== undefined) return known;
  const wishes = new Map<string, readonly Wish[]>();
  Reflect.defineMetadata(WISHES, wishes, module);
  return wishes;
}
