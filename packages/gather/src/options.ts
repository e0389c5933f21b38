import { checkKeys, nearestOf, TelemetryError } from '@telltale/core';
import { GAUGE_RULES, type GaugeRule } from './gauge-rules.ts';

export interface GatherOptions {
  /**
   * Which processes belong together, by name. Default: a process with the children that it starts, worker threads and workers of a
   * cluster included; under PM2, all processes of the same service.
   */
  readonly group?: string;
  /** What gauges of several processes give together: by metric name, or `x.*` for all that begin with `x.`; the first that fits counts. */
  readonly gauges?: Readonly<Record<string, GaugeRule>>;
  /** Each process and thread by itself: with the attributes `process.pid` and, in threads, `thread.id`. */
  readonly distinguish?: boolean;
  /** Seconds between two reports of a process: what a killed one may lose. Default 0.1. */
  readonly every?: number;
}

export interface CheckedGatherOptions {
  readonly group: string | undefined;
  readonly gauges: Readonly<Record<string, GaugeRule>>;
  readonly distinguish: boolean;
  readonly every: number;
}

const KNOWN = ['group', 'gauges', 'distinguish', 'every'];
const MAX_EVERY = 60;

/** Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
export function checkOptions(options: GatherOptions): CheckedGatherOptions {
  checkKeys('gather', options, KNOWN);
  const { group, gauges = {}, distinguish = false, every = 0.1 } = options;
  if (group !== undefined && (typeof group !== 'string' || group.trim() === '')) {
    const is = typeof group === 'string' ? 'empty' : `of type ${typeof group}`;
    fail(`"gather.group" is ${is}; give a name that all processes of the group have in common, or leave it out.`);
  }
  if (typeof distinguish !== 'boolean') {
    fail(`"gather.distinguish" is of type ${typeof distinguish}; give true or false.`);
  }
  if (typeof every !== 'number' || !(every > 0 && every <= MAX_EVERY)) {
    fail(`"gather.every" is ${String(every)}; give seconds above 0, at most ${MAX_EVERY}.`);
  }
  if (typeof gauges !== 'object' || gauges === null) {
    fail(`"gather.gauges" is ${gauges === null ? 'null' : `of type ${typeof gauges}`}; write { 'my.gauge': 'max' }.`);
  }
  for (const [name, rule] of Object.entries<unknown>(gauges)) {
    if (GAUGE_RULES.some((known) => known === rule)) continue;
    const nearest = typeof rule === 'string' ? nearestOf(rule, GAUGE_RULES) : undefined;
    fail(
      `"gather.gauges" has ${JSON.stringify(rule)} for "${name}"${nearest === undefined ? ';' : `; did you mean "${nearest}"?`} the rules are ${GAUGE_RULES.join(', ')}.`.replace(
        '? the',
        '? The',
      ),
    );
  }
  return { group, gauges: { ...gauges }, distinguish, every };
}

function fail(message: string): never {
  throw new TelemetryError('ERR_OPTION', message);
}
