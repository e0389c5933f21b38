import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, nearestOf, TelemetryError } from '@telltale/core';
import type { Target, TemplateFile, TemplateOptions } from '@telltale/templates';
import { Command } from 'commander';
import { writeFiles } from '../templates/write-files.ts';

interface Options {
  readonly out?: string;
  readonly rules?: string;
  readonly force?: boolean;
}

export function templatesCommand(): Command {
  return new Command('templates')
    .description('Writes dashboards and alert rules for a backend, made from the names of your metrics.')
    .argument('[target]', 'what for; without one, says what there is')
    .option('--out <dir>', 'the folder to write to')
    .option(
      '--rules <file>',
      'JSON with your own alert rules: [{ "name": …, "when": … }], or { "rules": […], "metrics": […] }',
    )
    .option('--force', 'write over files that are there and are otherwise')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      try {
        await run(name, options);
      } catch (error) {
        if (!(error instanceof TelemetryError)) throw error;
        command.error(`error: ${error.message}`);
      }
    });
}

async function run(name: string | undefined, { out, rules, force = false }: Options): Promise<void> {
  // Loaded when asked for: no other command needs it.
  const { TARGETS } = await import('@telltale/templates');
  const targets: ReadonlyMap<string, Target> = new Map(Object.entries(TARGETS));
  if (name === undefined) return list(targets);
  const target = targets.get(name);
  if (target === undefined) throw unknown(name, [...targets.keys()]);
  if (out === undefined) throw new TelemetryError('ERR_OPTION', `Say where to: telltale templates ${name} --out DIR`);
  const files = made(target, rules === undefined ? {} : await readRules(rules), rules);
  const folder = resolve(out);
  const { written, same, refused } = await writeFiles(folder, files, force);
  if (refused.length > 0) {
    throw new TelemetryError(
      'ERR_OPTION',
      `Nothing was written: ${folder} has ${refused.join(', ')} with other content. Give --force to write over ${refused.length === 1 ? 'it' : 'them'}, or another --out.`,
    );
  }
  const lines = [
    ...written.map((path) => `wrote  ${path}`),
    ...same.map((path) => `same   ${path}`),
    '',
    `In ${folder}. Next:`,
    ...target.next.map((step) => `  - ${step}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function list(targets: ReadonlyMap<string, Target>): void {
  const width = Math.max(...[...targets.keys()].map(({ length }) => length));
  const lines = [...targets].map(([name, { description }]) => `  ${name.padEnd(width)}  ${description}`);
  process.stdout.write(
    `Templates there are for:\n${lines.join('\n')}\n\nWrite them: telltale templates grafana --out DIR\n`,
  );
}

function unknown(name: string, known: readonly string[]): TelemetryError {
  const nearest = nearestOf(name, known) ?? known.find((one) => one.startsWith(name) || name.startsWith(one));
  return new TelemetryError(
    'ERR_OPTION',
    `There are no templates for "${name}"${nearest === undefined ? '.' : `; did you mean ${nearest}?`} Known are ${known.join(', ')}.`,
  );
}

function made(target: Target, options: TemplateOptions, file: string | undefined): readonly TemplateFile[] {
  try {
    return target.make(options);
  } catch (error) {
    if (file === undefined || !(error instanceof TelemetryError)) throw error;
    throw new TelemetryError(error.code, `The rules in ${file} cannot be used: ${error.message}`);
  }
}

async function readRules(file: string): Promise<TemplateOptions> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (Array.isArray(read)) return { rules: read };
    if (typeof read === 'object' && read !== null) return read;
    throw new Error('it is neither an array of rules nor { "rules": […] }');
  } catch (error) {
    throw new TelemetryError('ERR_OPTION', `The rules in ${file} cannot be used: ${messageOf(error)}`);
  }
}
