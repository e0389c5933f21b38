import type { TemplateFile } from '../target.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Json;
}

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default?: string; readonly AllowedPattern?: string }>>;
  readonly Conditions: Json;
  readonly Resources: Readonly<Record<string, Resource>>;
}

export const PARAMETERS = {
  Namespace: 'Checkout',
  Service: 'checkout',
  Environment: 'production',
  TopicArn: 'arn:aws:sns:eu-west-1:123456789012:ops',
};

/** The JSON of the file at the path. */
export function fileOf(files: readonly TemplateFile[], path: string): unknown {
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`there is no ${path} among ${files.map((one) => one.path)}`);
  return JSON.parse(file.content);
}

/** The resources as CloudFormation makes them of the parameters: intrinsic functions carried out, by its reference. */
export function deployed(
  template: Template,
  given: Readonly<Record<string, string>> = PARAMETERS,
): Readonly<Record<string, Resource>> {
  const defaults = Object.entries(template.Parameters).map(([name, { Default = '' }]) => [name, Default]);
  const resources = Object.keys(template.Resources).map((id) => [id, `stack-${id}`]);
  const pseudo = { 'AWS::Region': 'eu-west-1', 'AWS::StackName': 'stack' };
  const known: Readonly<Record<string, string>> = {
    ...Object.fromEntries([...resources, ...defaults]),
    ...pseudo,
    ...given,
  };
  return carriedOut(template.Resources, template, known) as Readonly<Record<string, Resource>>;
}

const NOTHING = Symbol('AWS::NoValue');

function carriedOut(value: unknown, template: Template, known: Readonly<Record<string, string>>): unknown {
  const go = (one: unknown): unknown => carriedOut(one, template, known);
  if (Array.isArray(value)) return value.map(go).filter((one) => one !== NOTHING);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0) {
    if (name === 'Ref') return argument === 'AWS::NoValue' ? NOTHING : named(argument as string, known);
    if (name === 'Fn::Sub') {
      const [text, own] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Json];
      const variables = go(own) as Readonly<Record<string, string>>;
      return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, key: string) =>
        literal === '!' ? `\${${key}}` : named(key, { ...known, ...variables }),
      );
    }
    if (name === 'Fn::If') {
      const [condition, yes, no] = argument as [string, unknown, unknown];
      return go(holds(template.Conditions[condition], known) ? yes : no);
    }
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, go(one)] as const)
      .filter(([, one]) => one !== NOTHING),
  );
}

function named(name: string, known: Readonly<Record<string, string>>): string {
  const value = known[name];
  if (value === undefined) throw new Error(`nothing is called ${name}`);
  return value;
}

function holds(condition: unknown, known: Readonly<Record<string, string>>): boolean {
  const [[name, argument] = ['', []]] = Object.entries(condition as Json);
  if (name === 'Fn::Not') return !holds((argument as unknown[])[0], known);
  if (name !== 'Fn::Equals') throw new Error(`unknown condition ${name}`);
  const [a, b] = (argument as unknown[]).map((one) =>
    typeof one === 'string' ? one : named((one as { Ref: string }).Ref, known),
  );
  return a === b;
}
