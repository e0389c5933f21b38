import { nearestOf } from '@telltale/core';
import { z } from 'zod';
import type { Interpolation } from '../interpolate.ts';
import type { Origins, Plain } from '../plain-data.ts';
import { allowedBy } from './allowed-by.ts';
import { type Fault, faultsOf } from './faults.ts';
import { foundText } from './found-text.ts';
import { type Path, pathText } from './path-text.ts';
import { knownKeys, optionsOf, schemaAt } from './schema-at.ts';

/** Something that was left out. */
export interface Finding {
  readonly path: string;
  readonly found: string;
  /** A sentence, without the source. */
  readonly message: string;
}

export interface Document {
  readonly interpolation: Interpolation;
  readonly origins: Origins;
  /** Where in the document the value stands. */
  readonly at: Path;
}

/**
 * What of a value its definition allows; what it does not is taken out of `value` and told: the smallest part that is wrong or, with `whole`,
 * all of it (`undefined`). Texts that were one placeholder become the number or boolean that is wanted.
 */
export function takeValid(
  schema: z.core.$ZodType,
  value: Plain,
  document: Document,
  tell: (finding: Finding) => void,
  whole = false,
): Plain | undefined {
  const root: { value: Plain | undefined } = { value };
  // Each round takes something out, or turns a text into what is wanted.
  for (;;) {
    const result = z.core.safeParse(schema, root.value);
    if (result.success) return root.value;
    const faults = faultsOf(result.error.issues);
    const wanted = faults.filter((fault) => becomesWanted(root, fault.path, document));
    if (wanted.length > 0) continue;
    for (const fault of distinct(faults)) {
      if (!isMisspelt(root.value, fault, faults)) tell(findingOf(schema, root.value, fault, document));
    }
    if (whole) return undefined;
    for (const path of distinct(faults)
      .map((fault) => culprit(root.value, fault))
      .sort(backwards))
      remove(root, path, document);
    if (root.value === undefined) return undefined;
  }
}

/** Whether it is missing because it is written wrong, which is told of the key that is there. */
function isMisspelt(value: unknown, { path }: Fault, faults: readonly Fault[]): boolean {
  const key = path.at(-1);
  if (typeof key !== 'string' || valueAt(value, path) !== undefined) return false;
  const parent = JSON.stringify(path.slice(0, -1));
  return faults.some(
    (other) =>
      other.kind === 'unknown' &&
      JSON.stringify(other.path.slice(0, -1)) === parent &&
      nearestOf(String(other.path.at(-1)), [key]) !== undefined,
  );
}

/** The environment has only texts. */
function becomesWanted(root: { value: Plain | undefined }, path: Path, document: Document): boolean {
  const text = valueAt(root.value, path);
  if (typeof text !== 'string' || !document.interpolation.isWhole(originOf(root.value, path, document))) return false;
  const typed = text === 'true' ? true : text === 'false' ? false : numberOf(text);
  if (typed === undefined) return false;
  replace(root, path, typed);
  return true;
}

function numberOf(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

function findingOf(schema: z.core.$ZodType, value: unknown, fault: Fault, document: Document): Finding {
  const at = originOf(value, fault.path, document);
  const path = pathText(at);
  if (fault.kind === 'unknown') {
    const parent = fault.path.slice(0, -1);
    const { schema: of } = schemaAt(schema, value, parent);
    const known = ((of && knownKeys(of, valueAt(value, parent))) ?? []).filter((one) => one !== '$schema');
    const key = String(fault.path.at(-1));
    const nearest = nearestOf(key, known);
    const hint = nearest === undefined ? '.' : `; did you mean "${nearest}"?`;
    return {
      path,
      found: JSON.stringify(key.slice(0, 80)),
      message: `"${path}" is no option${hint}${known.length === 0 ? '' : ` Known are ${known.join(', ')}.`}`,
    };
  }
  const found = valueAt(value, fault.path);
  const { schema: wanted, isSecret } = schemaAt(schema, value, fault.path);
  const allowed = fault.rule ?? (wanted === undefined ? 'another value' : allowedBy(wanted));
  if (found === undefined) return { path, found: 'nothing', message: `"${path}" is missing; give ${allowed}.` };
  const shown = foundText(found, at, isSecret, document.interpolation.writtenAt(at));
  const nearest = typeof found === 'string' && wanted !== undefined ? nearestOf(found, wordsOf(wanted)) : undefined;
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return { path, found: shown, message: `${path === '' ? 'It' : `"${path}"`} is ${shown}; give ${allowed}.${hint}` };
}

function wordsOf(schema: z.core.$ZodType): readonly string[] {
  return optionsOf(schema, undefined)
    .flatMap((one): readonly unknown[] => {
      if (one instanceof z.core.$ZodEnum) return Object.values(one._zod.def.entries);
      return one instanceof z.core.$ZodLiteral ? one._zod.def.values : [];
    })
    .filter((word) => typeof word === 'string');
}

/** What to take out: of what is missing, that in which it is missing. */
function culprit(value: unknown, { path }: Fault): Path {
  return path.length > 0 && valueAt(value, path) === undefined ? path.slice(0, -1) : path;
}

function valueAt(value: unknown, path: Path): unknown {
  let one = value;
  for (const key of path) {
    if (typeof one !== 'object' || one === null || !Object.hasOwn(one, key)) return undefined;
    one = (one as Readonly<Record<string, unknown>>)[key];
  }
  return one;
}

/** Where it was written. */
function originOf(value: unknown, path: Path, { origins, at }: Document): Path {
  let one = value;
  const origin = path.map((key): string | number => {
    const from = typeof key === 'number' && Array.isArray(one) ? (origins.get(one)?.[key] ?? key) : key;
    one = valueAt(one, [key]);
    return from;
  });
  return [...at, ...origin];
}

function replace(root: { value: Plain | undefined }, path: Path, value: Plain): void {
  const holder = path.length === 0 ? root : (valueAt(root.value, path.slice(0, -1)) as object);
  Object.assign(holder, { [path.at(-1) ?? 'value']: value });
}

/** A list that loses its last item goes as well: an empty one would mean "none". */
function remove(root: { value: Plain | undefined }, path: Path, document: Document): void {
  const key = path.at(-1);
  if (key === undefined) {
    root.value = undefined;
    return;
  }
  const holder = valueAt(root.value, path.slice(0, -1));
  if (Array.isArray(holder)) {
    if (typeof key !== 'number' || key >= holder.length) return;
    holder.splice(key, 1);
    document.origins.get(holder)?.splice(key, 1);
    if (holder.length === 0) remove(root, path.slice(0, -1), document);
  } else if (typeof holder === 'object' && holder !== null) {
    Reflect.deleteProperty(holder, key);
  }
}

/** The first of each path. */
function distinct(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.toReversed().map((fault) => [JSON.stringify(fault.path), fault])).values()].toReversed();
}

/** So that what is taken out of a list does not move what is still to be taken out, and parts go before what they are a part of. */
function backwards(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === y) continue;
    return typeof x === 'number' && typeof y === 'number' ? y - x : String(x) < String(y) ? 1 : -1;
  }
  return b.length - a.length;
}
