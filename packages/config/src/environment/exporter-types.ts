import type { Signal } from '@telltale/core';
import { INTEGRATIONS } from '../integrations/integrations.ts';

export const SIGNALS = ['metrics', 'spans', 'events'] as const satisfies readonly Signal[];

/** The signals that exporters of a type take; missing for one that there is none of. */
export function signalsOfType(type: string): readonly Signal[] | undefined {
  return INTEGRATIONS.find((one) => one.type === type)?.signals;
}

/** Of them, those that an exporter of this type sends at intervals; the others are asked for theirs. */
export function isServed(type: string): boolean {
  return INTEGRATIONS.some((one) => one.type === type && 'served' in one && one.served === true);
}

/** The types that take a signal. */
export function typesTaking(signal: Signal): readonly string[] {
  return INTEGRATIONS.filter(({ signals }) => (signals as readonly Signal[]).includes(signal)).map(({ type }) => type);
}

/** What exporters of a type are called unless they are given a name: by configuration, and in code. */
export function usualNamesOf(type: string): readonly string[] {
  return INTEGRATIONS.filter((one) => one.type === type).flatMap(({ maker }) => [type, maker]);
}
