// Writes what is made of the definitions: schema.json, which editors complete and check files with, and the reference in the README.
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchema } from './src/json-schema.ts';
import { withReference } from './src/options-reference.ts';

const readme = new URL('README.md', import.meta.url);
writeFileSync(new URL('schema.json', import.meta.url), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
writeFileSync(readme, withReference(readFileSync(readme, 'utf8')));
