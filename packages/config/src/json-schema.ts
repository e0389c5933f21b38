import { z } from 'zod';
import { telltaleSections } from './definitions/telltale-sections.ts';
import { exporterEntry } from './integrations/exporter-entry.ts';

type Json = { [key: string]: unknown };

/** As `Interpolation` reads it, where it stands alone. */
const PLACEHOLDER = {
  description: 'A variable of the environment: ${NAME}, or ${NAME:-default}.',
  type: 'string',
  pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\\}$',
};
const PLACEHOLDER_REF = { $ref: '#/definitions/placeholder' };
/** What is said of a value, in whatever form it is allowed. */
const REMARKS = ['description', 'default', 'writeOnly'];
/** What many exporters have alike is written once, from this many characters on. */
const WORTH_SHARING = 150;

/** The JSON Schema of a file, from the definitions that files are judged by: draft-07, which every editor reads. */
export function jsonSchema(): Json {
  const exporters = z
    .array(exporterEntry)
    .meta({ description: 'Where it goes to. An exporter in which something is wrong is left out as a whole.' });
  const { $schema, properties, ...rest } = z.toJSONSchema(
    telltaleSections.extend({ exporters: exporters.optional() }),
    { target: 'draft-07', io: 'input', unrepresentable: 'any', reused: 'inline' },
  );
  const definitions: Record<string, Json> = { placeholder: PLACEHOLDER };
  const adapted = adapt({ ...rest, properties }) as Json & { properties: { exporters: { items: { oneOf: Json[] } } } };
  for (const entry of adapted.properties.exporters.items.oneOf) share(entry, adapted, definitions);
  return { $schema, title: 'telltale.config', description: 'Configuration of Telltale.', ...adapted, definitions };
}

/** A schema as files are read: a placeholder may stand for each value; and without what says nothing to people. */
function adapt(schema: unknown, key = ''): unknown {
  if (Array.isArray(schema)) return schema.map((one) => adapt(one));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { secret, propertyNames, maximum, ...own } = schema as Json;
  const json: Json = {};
  for (const [name, value] of Object.entries(own)) {
    if (name === 'properties') {
      const each = Object.entries(value as Json).map(([property, one]) => [property, adapt(one, property)]);
      json.properties = Object.fromEntries(each);
    } else if (['items', 'additionalProperties', 'anyOf', 'oneOf'].includes(name)) json[name] = adapt(value);
    else json[name] = value;
  }
  if (secret === true) json.writeOnly = true;
  // The limit of whole numbers in JavaScript.
  if (maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER) json.maximum = maximum;
  if (Object.keys((propertyNames as Json | undefined) ?? {}).some((name) => name !== 'type'))
    json.propertyNames = propertyNames;
  return withPlaceholder(json, key);
}

function withPlaceholder(json: Json, key: string): Json {
  const options = json.anyOf as readonly Json[] | undefined;
  if (options !== undefined) {
    const flat = options.flatMap((one) => (one.anyOf as readonly Json[] | undefined) ?? [one]);
    const others = flat.filter((one) => one.$ref !== PLACEHOLDER_REF.$ref);
    return { ...json, anyOf: others.length === flat.length ? others : [...others, PLACEHOLDER_REF] };
  }
  // What an exporter is has to be known before anything is read into it; a text may always be a placeholder.
  const { pattern } = json as { readonly pattern?: string };
  const isText =
    json.type === 'string' && json.enum === undefined && (pattern === undefined || new RegExp(pattern).test('${NAME}'));
  const isValue = typeof json.type === 'string' && json.type !== 'object' && json.type !== 'array';
  if (key === 'type' || isText || !isValue) return json;
  const remarks = Object.entries(json).filter(([name]) => REMARKS.includes(name));
  const rest = Object.entries(json).filter(([name]) => !REMARKS.includes(name));
  return { ...Object.fromEntries(remarks), anyOf: [Object.fromEntries(rest), PLACEHOLDER_REF] };
}

/** Moves properties that other entries have in the same form into `definitions`. */
function share(
  entry: Json,
  root: { properties: { exporters: { items: { oneOf: Json[] } } } },
  definitions: Record<string, Json>,
): void {
  const properties = entry.properties as Record<string, Json>;
  for (const [name, schema] of Object.entries(properties)) {
    const text = JSON.stringify(schema);
    const isShared = root.properties.exporters.items.oneOf.some((other) => {
      const same = (other.properties as Record<string, Json>)[name];
      return other !== entry && (same?.$ref === `#/definitions/${name}` || JSON.stringify(same) === text);
    });
    if (text.length < WORTH_SHARING || !isShared) continue;
    const known = definitions[name];
    if (known !== undefined && JSON.stringify(known) !== text) continue;
    definitions[name] = schema;
    properties[name] = { $ref: `#/definitions/${name}` };
  }
}
