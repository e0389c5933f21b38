import fc from 'fast-check';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** A value as it is written, and what is meant by it: they differ where a placeholder of the environment is written. */
class Written {
  readonly text: string;
  readonly meant: unknown;

  constructor(text: string, meant: unknown) {
    this.text = text;
    this.meant = meant;
  }
}

const PLACEHOLDER = '#/definitions/placeholder';
/** What JSON Schema cannot say, by the name of the property. */
const RULES: Readonly<Record<string, (value: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>>> = {
  boundaries: () =>
    fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 5 }).map((all) => all.toSorted((a, b) => a - b)),
  views: (value) =>
    value.map((views) =>
      (views as readonly object[]).map((view) => ({ ...view, instrumentName: 'http.server.requests' })),
    ),
};
/** For patterns that fast-check cannot make texts of. */
const CANDIDATES = [
  'shop',
  'Shop/Checkout',
  '/metrics',
  'eu-west-1',
  'https://example.com/in',
  'a-1',
  'abc12345',
  'AB_CD',
  '1',
  'us',
];
/** No placeholder by accident, and what every format can carry. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !one.includes('${') && one.isWellFormed());
const key = fc.oneof(fc.constantFrom('team', 'tenant.id', 'k8s.pod.name', 'Ünïcode', '0', 'a b'), text).filter(isKey);

/** Documents that a JSON Schema allows, leaves as `Written` where a placeholder stands for them. */
export function documentsOf(
  root: Schema & { readonly definitions: Readonly<Record<string, Schema>> },
): fc.Arbitrary<unknown> {
  const of = (schema: Schema, name = ''): fc.Arbitrary<unknown> => {
    const made = plain(schema);
    return RULES[name]?.(made) ?? made;
  };

  const plain = (schema: Schema): fc.Arbitrary<unknown> => {
    if (schema.$ref !== undefined) return of(root.definitions[schema.$ref.slice('#/definitions/'.length)] ?? {});
    const options = schema.anyOf ?? schema.oneOf;
    if (options !== undefined) {
      const values = options.filter(({ $ref }) => $ref !== PLACEHOLDER).map((one) => of(one));
      const value = fc.oneof(...values);
      // Where a text is allowed as well, a placeholder stays one.
      const isText = options.some(({ type, enum: words }) => type === 'string' && words === undefined);
      const placeholder = value.map((one) => asPlaceholder(one, isText));
      return values.length === options.length ? value : fc.oneof({ weight: 4, arbitrary: value }, placeholder);
    }
    if ('const' in schema) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type: string) => plain({ ...schema, type })));
    switch (schema.type) {
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({
          min: schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1,
          max: Math.min(schema.maximum ?? 1e6, 2 ** 31 - 1),
        });
      case 'number':
        return fc
          .double({ min: schema.exclusiveMinimum ?? schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true })
          .map((number) => (Object.is(number, -0) ? 0 : number))
          .filter((number) => number !== schema.exclusiveMinimum);
      case 'string':
        return texts(schema);
      case 'array':
        return fc.array(of(schema.items ?? {}), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.max(schema.minItems ?? 0, 3),
        });
      case 'object':
        return objects(schema);
      default:
        return fc.oneof(fc.integer(), fc.boolean(), text);
    }
  };

  const objects = ({
    properties,
    required = [],
    additionalProperties,
    propertyNames,
  }: Schema): fc.Arbitrary<unknown> => {
    if (properties === undefined) {
      const names =
        propertyNames === undefined ? key : texts({ type: 'string', minLength: 1, ...propertyNames }).filter(isKey);
      return fc.dictionary(names as fc.Arbitrary<string>, of(additionalProperties as Schema), {
        maxKeys: 3,
        noNullPrototype: true,
      });
    }
    // What nothing is allowed for (`not: {}`) is left out.
    const allowed = Object.entries(properties).filter(([, schema]) => !('not' in schema));
    const fields = Object.fromEntries(allowed.map(([name, schema]) => [name, of(schema, name)]));
    return fc.record(fields, {
      requiredKeys: required.filter((name) => Object.hasOwn(fields, name)),
      noNullPrototype: true,
    });
  };

  return of(root);
}

function texts({ pattern, minLength = 0, maxLength }: Schema): fc.Arbitrary<unknown> {
  if (pattern === undefined) return text.filter((one) => one.length >= minLength && one.length <= (maxLength ?? 1000));
  const expression = new RegExp(pattern);
  const fits = CANDIDATES.filter((one) => expression.test(one));
  try {
    const made = fc.stringMatching(expression).filter((one) => expression.test(one) && !one.includes('${'));
    fc.sample(made, 3);
    return fits.length === 0 ? made : fc.oneof(made, fc.constantFrom(...fits));
  } catch {
    if (fits.length === 0) throw new Error(`There is no candidate for ${pattern}; add one.`);
    return fc.constantFrom(...fits);
  }
}

function asPlaceholder(value: unknown, isText: boolean): unknown {
  const isSimple =
    typeof value === 'boolean' || typeof value === 'number' || (typeof value === 'string' && /^[\w.:/-]+$/.test(value));
  return isSimple ? new Written(`\${NOT_SET:-${String(value)}}`, isText ? String(value) : value) : value;
}

function isKey(one: unknown): boolean {
  return typeof one === 'string' && one !== '' && !['__proto__', 'constructor', 'prototype'].includes(one);
}

/** A document as it is written, or as it is meant. */
export function spell(document: unknown, as: 'text' | 'meant'): unknown {
  if (document instanceof Written) return document[as];
  if (Array.isArray(document)) return document.map((item) => spell(item, as));
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, spell(value, as)]));
}
