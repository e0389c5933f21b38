import { DELIVERY_OPTIONS, EXPORT_METHODS, type Exporter, type Signal } from '@telltale/core';
import type { CommonOptions } from './exporter-options.ts';

/** Puts onto an exporter, in place, what its maker takes no options for. `served`: it sends nothing, so that there is no interval. */
export function withCommonOptions(exporter: Exporter, options: CommonOptions, served: boolean): Exporter {
  const { name, interval, timeout, signals } = options;
  const delivery = Object.fromEntries(
    DELIVERY_OPTIONS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
  const made = Object.assign(exporter, {
    name,
    ...(interval !== undefined && !served && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(Object.keys(delivery).length > 0 && { delivery }),
  });
  for (const signal of Object.keys(EXPORT_METHODS) as Signal[]) {
    if (signals !== undefined && !signals.includes(signal)) delete made[EXPORT_METHODS[signal]];
  }
  return made;
}
