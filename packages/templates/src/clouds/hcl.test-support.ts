import { createRequire } from 'node:module';

interface Hcl2Json {
  /** Rejects for what is no HCL. */
  parse(fileName: string, hcl: string): Promise<Readonly<Record<string, unknown>>>;
}

const require = createRequire(import.meta.url);

/** Not by `import`: its types would bring those of browsers into the whole repository. */
export const hcl = require('@cdktf/hcl2json') as Hcl2Json;
