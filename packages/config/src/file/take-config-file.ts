import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { messageOf } from '@telltale/core';
import { z } from 'zod';
import type { ConfigProblem } from '../config-problem.ts';
import { telltaleSections } from '../definitions/telltale-sections.ts';
import { exporterEntry } from '../integrations/exporter-entry.ts';
import { Interpolation } from '../interpolate.ts';
import { type Origins, type Plain, plainData, type Refusal } from '../plain-data.ts';
import type { ExporterEntry, TelltaleConfig } from '../telltale-config.ts';
import { foundText } from '../validate/found-text.ts';
import { pathText } from '../validate/path-text.ts';
import { type Document, type Finding, takeValid } from '../validate/take-valid.ts';
import { filesIn } from './find-config-file.ts';
import { readConfigFile } from './read-config-file.ts';

/** An entry of `exporters`, and where it stands. */
interface TakenEntry {
  readonly entry: ExporterEntry;
  /** `exporters[1]` */
  readonly path: string;
}

/** An entry that cannot be taken. */
interface RefusedEntry {
  readonly name: string;
  readonly path: string;
  /** What is wrong with it, and the mend. */
  readonly message: string;
}

/** What a file says, as far as it is right. */
export interface TakenFile {
  /** An absolute path; missing where there is no file. */
  readonly path?: string;
  /** As problems name it. */
  readonly source: string;
  readonly sections: Omit<TelltaleConfig, 'exporters'>;
  readonly entries: readonly TakenEntry[];
  readonly refused: readonly RefusedEntry[];
  readonly problems: readonly ConfigProblem[];
}

export const NO_FILE: TakenFile = { source: '', sections: {}, entries: [], refused: [], problems: [] };

interface RefusedPart extends Finding {
  readonly isUnset: boolean;
}

/** Each has timers and buffers of its own; more are an accident. */
const MOST_EXPORTERS = 200;

/** With the key that is judged apart, so that it is among those that are known. */
const SECTIONS = telltaleSections.extend({ exporters: z.never().optional() });

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and judges a file. Never throws. */
export function takeConfigFile(file: string, cwd: string, env: Environment): TakenFile {
  const path = resolve(cwd, file);
  const source = nameOf(path, cwd);
  const problems: ConfigProblem[] = [];
  let value: unknown;
  try {
    const read = readConfigFile(path);
    value = read.value;
    for (const { position, message } of read.remarks) {
      problems.push({ source, path: '', found: '', message: `${source}${position}: ${message}` });
    }
  } catch (error) {
    const { message, position = '' } = error as Error & { readonly position?: string };
    const whole = {
      source,
      path: '',
      found: '',
      message: `${source}${position}: ${message} Nothing is taken from it.`,
    };
    return { ...NO_FILE, path, source, problems: [whole] };
  }
  const [first = path, ...others] = existsSync(path) ? filesIn(dirname(path)) : [];
  if (first === path && others.length > 0) {
    const names = others.map((other) => basename(other)).join(', ');
    problems.push({
      source,
      path: '',
      found: names,
      message: `${source} is read, and ${names} beside it is not; keep one of them.`,
    });
  }
  return { path, source, ...judge(value, source, env, problems), problems };
}

/** What is right in it. */
function judge(
  value: unknown,
  source: string,
  env: Environment,
  problems: ConfigProblem[],
): Pick<TakenFile, 'sections' | 'entries' | 'refused'> {
  const tell = ({ path, found, message }: Finding): void => {
    problems.push({ source, path, found, message: `${source}: ${message}` });
  };
  // Those within an entry of `exporters` are the entry's.
  const refusals = new Map<string | number | undefined, RefusedPart[]>();
  const refuse = (refusal: Refusal): void => {
    const finding = findingOf(refusal);
    const { path } = refusal;
    if (path[0] !== 'exporters' || path.length < 2) tell(finding);
    else refusals.set(path[1], [...(refusals.get(path[1]) ?? []), { ...finding, isUnset: refusal.isUnset ?? false }]);
  };
  const interpolation = new Interpolation(env, refuse);
  const origins: Origins = new WeakMap();
  const data = dataOf(() => plainData(value, refuse, interpolation.text, origins), tell) ?? {};
  // An empty file.
  if (data === null) return NO_FILE;
  const document: Document = { interpolation, origins, at: [] };
  if (typeof data !== 'object' || Array.isArray(data)) {
    takeValid(z.strictObject({}), data, document, tell);
    return NO_FILE;
  }
  const { exporters, ...rest } = data;
  const sections = (takeValid(SECTIONS, rest, document, tell) ?? {}) as Omit<TelltaleConfig, 'exporters'>;
  return { sections, ...judgeExporters(exporters, document, refusals, tell) };
}

/** What a module exports may run code when it is looked at. */
function dataOf(read: () => Plain | undefined, tell: (finding: Finding) => void): Plain | undefined {
  try {
    return read();
  } catch (error) {
    tell({ path: '', found: '', message: `It cannot be read: ${messageOf(error)}. Export plain data.` });
    return undefined;
  }
}

function findingOf({ path, found, text, reason }: Refusal): Finding {
  const at = pathText(path);
  const shown = text === undefined ? (found ?? '') : foundText(text, path, false, undefined);
  const is = shown === '' ? '' : ` is ${shown}`;
  return { path: at, found: shown, message: `${at === '' ? 'It' : `"${at}"`}${is}: ${reason}.` };
}

function judgeExporters(
  exporters: Plain | undefined,
  document: Document,
  refusals: ReadonlyMap<string | number | undefined, readonly RefusedPart[]>,
  tell: (finding: Finding) => void,
): Pick<TakenFile, 'entries' | 'refused'> {
  const entries: TakenEntry[] = [];
  const refused: RefusedEntry[] = [];
  if (exporters === undefined || exporters === null) return { entries, refused };
  if (!Array.isArray(exporters)) {
    const found = foundText(exporters, [], false, undefined);
    const message = `"exporters" is ${found}; give a list of exporters, each an object with type.`;
    tell({ path: 'exporters', found, message });
    return { entries, refused };
  }
  const refuse = (item: Plain | undefined, path: string, findings: readonly Finding[]): void => {
    for (const finding of findings) tell(finding);
    refused.push({ name: nameOfEntry(item, path), path, message: findings.map(({ message }) => message).join(' ') });
  };
  const indexes = document.origins.get(exporters) ?? [];
  if (exporters.length > MOST_EXPORTERS) {
    const found = `a list of ${exporters.length}`;
    tell({ path: 'exporters', found, message: `"exporters" is ${found}; the first ${MOST_EXPORTERS} are taken.` });
  }
  exporters.slice(0, MOST_EXPORTERS).forEach((item, i) => {
    const index = indexes[i] ?? i;
    const path = pathText(['exporters', index]);
    const findings: Finding[] = [];
    const of = { ...document, at: ['exporters', index] };
    const entry = takeValid(exporterEntry, item, of, (finding) => findings.push(finding), true);
    // Variables of what is switched off may well be missing.
    const isOff = isSwitchedOff(item);
    const parts = refusals.get(index) ?? [];
    const all = [...parts.filter(({ isUnset }) => !isOff || !isUnset), ...findings];
    if (all.length === 0 && entry !== undefined) entries.push({ entry: entry as unknown as ExporterEntry, path });
    else if (isOff) for (const finding of all) tell(finding);
    else refuse(item, path, all);
  });
  for (const [index, findings] of refusals) {
    if (typeof index === 'number' && !indexes.includes(index))
      refuse(undefined, pathText(['exporters', index]), findings);
  }
  return { entries, refused };
}

function isSwitchedOff(item: Plain): boolean {
  return (
    typeof item === 'object' &&
    item !== null &&
    !Array.isArray(item) &&
    (item.enabled === false || item.enabled === 'false')
  );
}

function nameOfEntry(item: Plain | undefined, path: string): string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return path;
  const { name, type } = item;
  return (
    [name, type]
      .find((one) => typeof one === 'string' && one !== '')
      ?.toString()
      .slice(0, 100) ?? path
  );
}

/** Below `cwd` as it is seen from there. */
function nameOf(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}
