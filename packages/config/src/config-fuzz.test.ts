import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Telemetry } from '@telltale/core';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import schema from '../schema.json' with { type: 'json' };
import { type ConfigProblem, configureTelemetry, readConfig, type TelltaleConfig } from './index.ts';
import type { LoadPackage } from './integration.ts';
import { type Key, type Mutation, mutationsOf, UNSET } from './mutations.test-support.ts';
import { documentsOf, spell } from './schema-documents.test-support.ts';

const RUNS = 160;
const documents = documentsOf(schema as unknown as Parameters<typeof documentsOf>[0]);
const conforms = new Ajv({ strict: false }).compile(schema);
const folder = join(tmpdir(), `telltale-config-fuzz-${process.pid}`);
beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"fuzz","version":"1.0.0"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As JSON and as YAML by turns. */
const formats = fc.constantFrom('json', 'yaml');

function fileOf(document: unknown, format: string): string {
  const file = join(folder, `one.${format}`);
  writeFileSync(
    file,
    format === 'json' ? JSON.stringify(document) : stringify(document, { aliasDuplicateObjects: false }),
  );
  return file;
}

const read = (file: string) => readConfig({ file, env: {}, cwd: folder });

/** Where it stands, as problems name it. */
function pathText(path: readonly Key[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function without(config: TelltaleConfig, sections: readonly unknown[]): Omit<TelltaleConfig, 'exporters'> {
  const { exporters: _, ...others } = config;
  return Object.fromEntries(Object.entries(others).filter(([key]) => !sections.includes(key)));
}

/** A document as it is meant, with the name and version that package.json gives. */
function meantBy(document: unknown): TelltaleConfig {
  const meant = spell(document, 'meant') as TelltaleConfig;
  return { ...meant, service: { name: 'fuzz', version: '1.0.0', ...meant.service } };
}

describe('a document that the schema allows', () => {
  it('gives no problem, and is read as it is meant, in every format', () => {
    fc.assert(
      fc.property(documents, formats, (document, format) => {
        const written = spell(document, 'text');
        expect(conforms(written), JSON.stringify(conforms.errors)).toBe(true);
        const { config, problems } = read(fileOf(written, format));
        expect(problems).toEqual([]);
        const { exporters, ...sections } = config;
        const { exporters: meant, ...others } = meantBy(document);
        expect(sections).toEqual(others);
        expect(exporters ?? []).toEqual(meant ?? []);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});

/** A document and one that has one thing wrong, which the schema does not allow, or in which a placeholder means nothing. */
const mutations = documents
  .map((document) => ({ document, text: spell(document, 'text') }))
  .chain(({ document, text }) => mutationsOf(text).map((mutation) => ({ document, mutation })))
  .filter(({ mutation }) => isWrong(mutation));

function isWrong({ document, path }: Mutation): boolean {
  const at = (to: readonly Key[]) =>
    to.reduce<unknown>((one, key) => Object.getOwnPropertyDescriptor(Object(one), key)?.value, document);
  const value = at(path);
  // What is switched off may ask for what is not set.
  if (value === UNSET && [false, '${NOT_SET:-false}'].includes(at([...path.slice(0, 2), 'enabled']) as string))
    return false;
  if (['__proto__', 'constructor', 'prototype'].includes(String(path.at(-1)))) return true;
  return !conforms(document) || (typeof value === 'string' && value.includes('${') && !value.includes(':-'));
}

function isNamed(problems: readonly ConfigProblem[], { kind, path, meant }: Mutation): boolean {
  const at = pathText(path);
  // Without a type, nothing is known of the rest.
  if (meant === 'type' && path.length === 3)
    return problems.some((problem) => problem.path === `${at.slice(0, at.lastIndexOf('.'))}.type`);
  // The value of an unknown key may be what is wrong, where any key is allowed.
  return problems.some((problem) => problem.path === at || (kind !== 'prototype key' && problem.path.startsWith(at)));
}

describe('a document with one thing wrong', () => {
  it('names the path of it, and all the rest is taken', () => {
    fc.assert(
      fc.property(mutations, formats, ({ document, mutation }, format) => {
        const { config, problems } = read(fileOf(mutation.document, format));
        expect(
          isNamed(problems, mutation),
          `${mutation.kind} ${pathText(mutation.path)}: ${JSON.stringify(problems)}`,
        ).toBe(true);
        for (const { source, message } of problems) expect(message.startsWith(`${source}: `)).toBe(true);
        expect(conforms(config), JSON.stringify(conforms.errors)).toBe(true);
        const [section, index] = mutation.path;
        const meant = meantBy(document);
        // A misspelt section is missing under its own name.
        const touched = [section, mutation.path.length === 1 ? mutation.meant : undefined];
        expect(without(config, touched)).toEqual(without(meant, touched));
        const others =
          section === 'exporters'
            ? (meant.exporters ?? []).filter((_, i) => i !== index && index !== undefined)
            : meant.exporters;
        if (!touched.includes('exporters') || index !== undefined) expect(config.exporters ?? []).toEqual(others ?? []);
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
      }),
      { numRuns: RUNS * 2, endOnFailure: true },
    );
  });

  it('names the key that was meant where a letter is wrong', () => {
    fc.assert(
      fc.property(
        mutations.filter(
          ({ mutation: { kind, meant } }) => kind === 'misspelt key' && meant !== 'type' && meant !== '$schema',
        ),
        ({ mutation }) => {
          const { problems } = read(fileOf(mutation.document, 'json'));
          const problem = problems.find(({ path }) => path === pathText(mutation.path));
          expect(problem?.message).toMatch(/did you mean "/);
        },
      ),
      { numRuns: RUNS / 2, endOnFailure: true },
    );
  });

  it('gives a telemetry that works, whose health shows the exporters that do not', async () => {
    await fc.assert(
      fc.asyncProperty(
        mutations.filter(({ document }) => !isOff(document)),
        formats,
        async ({ mutation }, format) => {
          const told: string[] = [];
          const telemetry = configureTelemetry(
            { onError: ({ message }) => told.push(message), shutdown: { signals: false, timeout: 0.1 } },
            { file: fileOf(mutation.document, format), env: {}, cwd: folder, load: inert },
          );
          expect(works(telemetry, mutation)).toBe(true);
          await telemetry.shutdown();
          const [section, index] = mutation.path;
          expect(
            told.some((message) =>
              message.includes(
                section === 'exporters' && index !== undefined ? `exporters[${index}]` : `"${String(section)}`,
              ),
            ),
            told.join('\n'),
          ).toBe(true);
        },
      ),
      { numRuns: RUNS / 4, endOnFailure: true },
    );
  });
});

/** Then nothing is told. */
function isOff(document: unknown): boolean {
  return (spell(document, 'meant') as TelltaleConfig).disabled !== undefined;
}

/** Packages that make what does nothing. */
const inert: LoadPackage = (name) => {
  if (name === '@telltale/dashboard') return { dashboard: () => ({ listen: async () => ({ close: async () => {} }) }) };
  const detector = { detect: () => ({ attributes: {} }) };
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (String(key).endsWith('Detectors')) return () => [detector];
        if (String(key).endsWith('Detector')) return detector;
        return (options: { readonly name?: string } = {}) => ({
          name: options.name ?? String(key),
          exportMetrics: async () => {},
        });
      },
    },
  );
};

/** Counting is seen, unless the document switches metrics off. */
function works(telemetry: Telemetry, { document }: Mutation): boolean {
  const counter = telemetry.counter('fuzz.counter');
  counter.add(2);
  counter.add(1);
  const metrics = telemetry.snapshot().metrics.filter(({ name }) => name === 'fuzz.counter');
  telemetry.job('fuzz', () => {});
  telemetry.health();
  const isOff = /"disabled":(true|"\$\{[^}]*true)|"metrics":(false|"\$\{[^}]*false)|"disable":\["?\*|views/.test(
    JSON.stringify(document),
  );
  return isOff || metrics.length === 1;
}

describe('text that is no document', () => {
  it('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), formats, (text, format) => {
        const file = join(folder, `garbage.${format}`);
        writeFileSync(file, text);
        const { config } = read(file);
        expect(conforms(config)).toBe(true);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('never throws where a document lost or gained a few characters', () => {
    fc.assert(
      fc.property(
        documents,
        formats,
        fc.nat(),
        fc.string({ maxLength: 3 }),
        fc.nat(3),
        (document, format, seed, more, less) => {
          const written = spell(document, 'text');
          const text = format === 'json' ? JSON.stringify(written) : stringify(written);
          const at = seed % (text.length + 1);
          const file = join(folder, `broken.${format}`);
          writeFileSync(file, text.slice(0, at) + more + text.slice(at + less));
          const { config } = read(file);
          expect(conforms(config)).toBe(true);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
