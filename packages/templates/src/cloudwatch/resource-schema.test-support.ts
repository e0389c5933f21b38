import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';

const database = loadAwsServiceSpecSync();

interface PropertyType {
  readonly type: string;
  readonly element?: PropertyType;
  readonly reference?: { readonly $ref: string };
  readonly allowedValues?: readonly unknown[];
}

interface Properties {
  readonly [name: string]: { readonly type: PropertyType; readonly required?: boolean };
}

/** What AWS' own schema of CloudFormation's resources has against the properties; nothing: []. */
export function complaintsAbout(type: string, properties: Readonly<Record<string, unknown>>): readonly string[] {
  const resource = database.lookup('resource', 'cloudFormationType', 'equals', type)[0];
  if (resource === undefined) return [`there is no resource ${type}`];
  const complaints: string[] = [];
  const checkProperties = (schema: Properties, value: Readonly<Record<string, unknown>>, at: string): void => {
    for (const [name, { required }] of Object.entries(schema)) {
      if (required === true && value[name] === undefined) complaints.push(`${at}.${name} is missing`);
    }
    for (const [name, one] of Object.entries(value)) {
      const known = schema[name];
      if (known === undefined) complaints.push(`${at}.${name} is unknown`);
      else check(known.type, one, `${at}.${name}`);
    }
  };
  const check = (schema: PropertyType, value: unknown, at: string): void => {
    if (schema.type === 'array') {
      if (!Array.isArray(value)) complaints.push(`${at} is no list`);
      else for (const [i, one] of value.entries()) check(schema.element as PropertyType, one, `${at}[${i}]`);
    } else if (schema.type === 'ref') {
      const definition = database.get('typeDefinition', schema.reference?.$ref as never);
      checkProperties(definition.properties as unknown as Properties, value as Readonly<Record<string, unknown>>, at);
    } else if (schema.type === 'tag') {
      checkProperties(TAG, value as Readonly<Record<string, unknown>>, at);
    } else if (
      schema.type === 'integer' ? !Number.isInteger(value) : schema.type !== 'json' && typeof value !== schema.type
    ) {
      complaints.push(`${at} is ${JSON.stringify(value)}, not of type ${schema.type}`);
    }
  };
  checkProperties(resource.properties as unknown as Properties, properties, type);
  return complaints;
}

const TEXT = { type: { type: 'string' }, required: true };
const TAG: Properties = { Key: TEXT, Value: TEXT };
