import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import schema from '../schema.json' with { type: 'json' };
import { INTEGRATIONS } from './integrations/integrations.ts';
import { jsonSchema } from './json-schema.ts';

describe('schema.json', () => {
  it('is made of the definitions that files are judged by; else run: node write-schema.ts', () => {
    expect(schema).toEqual(jsonSchema());
  });

  it('is a JSON Schema', () => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
  });

  it('describes every option, for editors', () => {
    const entries = schema.properties.exporters.items.oneOf.map(({ properties }) => properties);
    for (const properties of [schema.properties, ...entries]) {
      const bare = Object.entries<object>(properties).filter(
        ([, option]) => !('$ref' in option) && !('description' in option),
      );
      expect(bare.map(([name]) => name)).toEqual([]);
    }
    for (const option of Object.values(schema.definitions)) expect(option).toHaveProperty('description');
  });

  it('tells exporters apart by type, each with options of its own', () => {
    const entries = schema.properties.exporters.items.oneOf;
    expect(entries.map(({ properties }) => properties.type.const)).toEqual(INTEGRATIONS.map(({ type }) => type));
    for (const { properties, required } of entries) {
      expect(required).toContain('type');
      expect(properties.config).toHaveProperty('properties');
    }
    const prometheus = entries.find(({ properties }) => properties.type.const === 'prometheus');
    expect(prometheus?.properties.config).toMatchObject({
      additionalProperties: false,
      properties: { port: { default: 9464 } },
    });
  });

  it('marks what is secret, and has defaults and enumerations', () => {
    expect(schema.properties.dashboard.anyOf).toContainEqual(
      expect.objectContaining({
        properties: expect.objectContaining({ token: expect.objectContaining({ writeOnly: true }) }),
      }),
    );
    expect(schema.properties.logLevel).toEqual({
      description: expect.any(String),
      default: 'info',
      anyOf: [{ type: 'string', enum: ['none', 'warn', 'info'] }, { $ref: '#/definitions/placeholder' }],
    });
  });
});
