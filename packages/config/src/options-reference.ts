import { z } from 'zod';
import { telltaleSections } from './definitions/telltale-sections.ts';
import { exporterEntry } from './integrations/exporter-entry.ts';
import { INTEGRATIONS } from './integrations/integrations.ts';
import { allowedBy } from './validate/allowed-by.ts';
import { bare } from './validate/schema-at.ts';

type Schema = z.core.$ZodType;
interface Remarks {
  readonly description?: string;
  readonly default?: unknown;
}

/** What each option of a file is, for the README: from the definitions that files are judged by. */
export function optionsReference(): string {
  const { $schema: _, ...sections } = telltaleSections.shape;
  const { type: __, config: ___, dimensions: ____, ...shared } = entryOf('otlp');
  return [
    '### Options of a file',
    table(rows(sections)),
    '### Options of every exporter',
    'Beside `type` and `config`:',
    table(rows(shared)),
    'Of `signals`, those that the type takes; `tenants` where it sends; `dimensions`, an object of texts, where the table says what they become.',
    '### Types of exporters',
    '| type | what | package | takes | `dimensions` |\n|---|---|---|---|---|\n' +
      INTEGRATIONS.map(({ type, description, package: name, signals: takes, dimensionsMean }) =>
        row(`\`${type}\``, description, `\`${name}\``, takes.join(', '), dimensionsMean),
      ).join('\n'),
    ...INTEGRATIONS.flatMap(({ type, config }) => [`### \`config\` of ${type}`, table(rows(config.shape))]),
  ].join('\n\n');
}

/** What all types have alike. */
function entryOf(type: string): Readonly<Record<string, Schema>> {
  const found = exporterEntry.options.find(({ shape }) => shape.type.value === type);
  return (found?.shape ?? {}) as Readonly<Record<string, Schema>>;
}

function table(lines: readonly string[]): string {
  return lines.length === 0
    ? 'No options.'
    : ['| option | what | allowed | default |', '|---|---|---|---|', ...lines].join('\n');
}

function rows(shape: Readonly<Record<string, Schema>>, prefix = ''): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const { description = '', default: usual } = remarksOf(schema);
    const inner = partsOf(schema, path).flatMap((part) => rows(part.shape, part.path));
    // The parts of an object have rows of their own.
    const allowed = isObject(schema) ? 'an object' : shortly(allowedBy(schema));
    const isNeeded = !(schema instanceof z.core.$ZodOptional);
    const fallback = isNeeded ? 'must be given' : usual === undefined ? '' : `\`${JSON.stringify(usual)}\``;
    return [row(`\`${path}\``, description, allowed, fallback), ...inner];
  });
}

interface Part {
  readonly path: string;
  readonly shape: Readonly<Record<string, Schema>>;
}

/** The objects in it: `views[].name`, `attributes.*.allow`. */
function partsOf(schema: Schema, path: string): readonly Part[] {
  const one = bare(schema);
  if (one instanceof z.core.$ZodObject) return [{ path, shape: one._zod.def.shape }];
  if (one instanceof z.core.$ZodArray) return partsOf(one._zod.def.element, `${path}[]`);
  if (one instanceof z.core.$ZodRecord) return partsOf(one._zod.def.valueType, `${path}.*`);
  return one instanceof z.core.$ZodUnion ? one._zod.def.options.flatMap((option) => partsOf(option, path)) : [];
}

function isObject(schema: Schema): boolean {
  return bare(schema) instanceof z.core.$ZodObject;
}

/** The keys of objects have rows of their own. */
function shortly(allowed: string): string {
  return allowed.replace(/an object with [\w, …]+/g, 'an object');
}

/** Of the schema, and of what it is the optional form of. */
function remarksOf(schema: Schema): Remarks {
  const own = z.globalRegistry.get(schema) as Remarks | undefined;
  const { innerType } = schema._zod.def as { readonly innerType?: Schema };
  return innerType === undefined ? (own ?? {}) : { ...remarksOf(innerType), ...own };
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

const START = '<!-- options: node write-schema.ts -->';
const END = '<!-- /options -->';

/** A README with the reference as it is now. */
export function withReference(readme: string): string {
  const from = readme.indexOf(START);
  const to = readme.indexOf(END);
  if (from === -1 || to === -1) throw new Error(`The README lacks ${START} and ${END}.`);
  return `${readme.slice(0, from + START.length)}\n\n${optionsReference()}\n\n${readme.slice(to)}`;
}
