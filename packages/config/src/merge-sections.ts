import { merge } from './merge.ts';
import { mergeIntervals } from './merge-intervals.ts';
import type { DashboardConfig, IntervalConfig } from './telltale-config.ts';

/** What is merged otherwise than key by key. */
interface Sections {
  readonly sampling?: object;
  readonly interval?: IntervalConfig;
  readonly dashboard?: boolean | DashboardConfig;
}

/** One source over another. */
export function mergeSections<T extends Sections>(weaker: T, stronger: T): T {
  const interval = mergeIntervals(weaker.interval, stronger.interval);
  return { ...merge(weaker, stronger), ...(interval !== undefined && { interval }) };
}

/** The environment over all others: its host and token alone open no page, they are those of one that somebody else asks for. */
export function mergeEnvironment<T extends Sections>(given: T, environment: T): T {
  const weaker = environment.sampling === undefined ? given : withoutSampler(given);
  const merged = mergeSections(weaker, environment);
  const opens = typeof environment.dashboard !== 'object' || environment.dashboard.port !== undefined;
  if (opens || (weaker.dashboard !== undefined && weaker.dashboard !== false)) return merged;
  const { dashboard: _, ...rest } = merged;
  return (weaker.dashboard === undefined ? rest : { ...rest, dashboard: false }) as T;
}

/** A share of the traces and a sampler exclude each other. */
function withoutSampler<T extends Sections>(sections: T): T {
  if (sections.sampling === undefined) return sections;
  const { sampler: _, ...sampling } = sections.sampling as { readonly sampler?: unknown };
  return { ...sections, sampling };
}
