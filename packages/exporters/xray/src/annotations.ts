import type { FinishedSpan } from '@telltale/core';
import { bareRecord } from './bare-record.ts';
import { MAX_ANNOTATION_KEY, MAX_ANNOTATION_VALUE, MAX_ANNOTATIONS } from './limits.ts';
import { cut } from './names.ts';

/** Which attributes can be searched by: what requests, jobs and calls are grouped by. */
export const DEFAULT_ANNOTATIONS: readonly string[] = [
  'http.route',
  'error.type',
  'job.name',
  'job.queue',
  'job.outcome',
  'worker_pool.name',
  'boundary.to',
  'boundary.operation',
  'deployment.environment.name',
];

export type Annotations = Readonly<Record<string, string | number | boolean>>;

/**
 * The chosen attributes of the span, else of its service, as X-Ray takes them: letters, digits and `_` in keys, at most 50. Where two keys
 * would be spelt alike, the later gets a number. `whole` are the attributes that nothing was cut of.
 */
export function annotationsOf(
  { attributes, resource }: FinishedSpan,
  chosen: readonly string[],
): { readonly annotations: Annotations; readonly whole: ReadonlySet<string> } {
  const annotations = bareRecord<string | number | boolean>();
  const whole = new Set<string>();
  for (const name of chosen) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : resource.attributes[name];
    if (value === undefined || value === null) continue;
    if (Object.keys(annotations).length === MAX_ANNOTATIONS) break;
    const annotated = annotationValue(value);
    annotations[freeKey(annotationKey(name), annotations)] = annotated;
    if (annotated === value) whole.add(name);
  }
  return { annotations, whole };
}

export function annotationKey(name: string): string {
  const key = name.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, MAX_ANNOTATION_KEY);
  return key === '' ? '_' : key;
}

function freeKey(key: string, taken: Readonly<Record<string, unknown>>): string {
  let free = key;
  for (let n = 2; free in taken; n++) free = `${key.slice(0, MAX_ANNOTATION_KEY - 4)}_${n}`;
  return free;
}

function annotationValue(value: unknown): string | number | boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return cut(typeof value === 'object' ? JSON.stringify(value) : String(value), MAX_ANNOTATION_VALUE);
}
