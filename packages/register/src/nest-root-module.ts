/** What Nest takes for a module: a class, a dynamic module, a reference forward, or (Nest 12) the metadata alone; or a promise of one. */
interface ModuleObject {
  readonly module?: unknown;
  readonly imports?: readonly unknown[];
  readonly forwardRef?: () => unknown;
}

/** What `reflect-metadata`, which Nest loads, adds to `Reflect`. */
interface MetadataReflect {
  getMetadata(key: 'imports', target: object): unknown;
  defineMetadata(key: 'imports', value: readonly unknown[], target: object): void;
}
const metadata = Reflect as unknown as MetadataReflect;

/** Whether the module is this one, or imports it somewhere. */
export async function isImported(known: object, module: unknown, seen = new Set<unknown>()): Promise<boolean> {
  const one = await module;
  if (one === known) return true;
  if (seen.has(one)) return false;
  seen.add(one);
  for (const next of partsOf(one)) {
    if (await isImported(known, next, seen)) return true;
  }
  return false;
}

function partsOf(module: unknown): readonly unknown[] {
  if (typeof module === 'function') return importsOfClass(module);
  if (typeof module !== 'object' || module === null) return [];
  const { module: described, imports = [], forwardRef } = module as ModuleObject;
  return [described, ...(Array.isArray(imports) ? imports : []), forwardRef?.()];
}

/** The root module with one import more. A class stays the same class, so that `app.get` and `app.select` find it. */
export function withImport(root: unknown, more: object): unknown {
  if (typeof root === 'function') {
    metadata.defineMetadata('imports', [...importsOfClass(root), more], root);
    return root;
  }
  if (typeof root !== 'object' || root === null) throw new Error('its root module is no module');
  const { forwardRef, imports = [] } = root as ModuleObject;
  if (forwardRef === undefined) return { ...root, imports: [...imports, more] };
  withImport(forwardRef(), more);
  return root;
}

function importsOfClass(module: object): readonly unknown[] {
  const imports = metadata.getMetadata('imports', module);
  return Array.isArray(imports) ? imports : [];
}
