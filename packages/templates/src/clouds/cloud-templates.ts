import type { TemplateFile } from '../target.ts';

/** What the backend cannot do as the rule says it. */
export interface Remark {
  readonly rule: string;
  /** `left-out`: there is no alert. `changed`: there is one, and this is how it differs. */
  readonly kind: 'left-out' | 'changed';
  /** A sentence. */
  readonly reason: string;
}

/** The files of a target, and what of the rules is not in them as they say it. */
export interface CloudTemplates {
  readonly files: readonly TemplateFile[];
  readonly remarks: readonly Remark[];
}

/** Pretty JSON as a file. */
export function jsonFile(path: string, value: unknown): TemplateFile {
  return { path, content: `${JSON.stringify(value, null, 2)}\n` };
}

/** JSON as a file with one line for each member of the members: half as long as pretty JSON. `aws cloudformation deploy` takes 51,200 bytes without a bucket. */
export function compactJsonFile(path: string, value: Readonly<Record<string, unknown>>): TemplateFile {
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${linesOf(member)}`);
  return { path, content: `{\n${members.join(',\n')}\n}\n` };
}

function linesOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `  ${JSON.stringify(key)}: ${JSON.stringify(member)}`);
  return `{\n${members.join(',\n')}\n}`;
}

/** The README beside the generated files: what to do with them, and all remarks. */
export function readmeFile(lines: readonly string[], remarks: readonly Remark[]): TemplateFile {
  const left = remarks.filter(({ kind }) => kind === 'left-out');
  const changed = remarks.filter(({ kind }) => kind === 'changed');
  const list = (title: string, of: readonly Remark[]): readonly string[] =>
    of.length === 0 ? [] : ['', `## ${title}`, '', ...of.map(({ rule, reason }) => `- **${rule}**: ${reason}`)];
  const content = [...lines, ...list('Rules that are left out', left), ...list('Rules that differ', changed)];
  return { path: 'README.md', content: `${content.join('\n')}\n` };
}
