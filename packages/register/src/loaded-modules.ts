import { createRequire, register } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { messageOf } from '@telltale/core';
import type { Log } from './log.ts';

/** What is done with a package when the service loads it. */
export interface ModuleInstrumentation {
  readonly name: string;
  /** The first numbers of the versions it knows. */
  readonly majors: readonly number[];
  /** Gets what the package exports, as `require` or as a namespace, and gives what the service is to see instead. Called for each way it is loaded. */
  instrument(exports: object): object;
}

/** Calls the instrumentations when the service loads their packages, by `import` or `require`. */
export function loadedModules(modules: readonly ModuleInstrumentation[], log: Log): void {
  hookImports(
    modules.map(({ name }) => name),
    log,
  );
  new LoadedModules('@telltale/register', '', { modules, log });
}

interface Config extends InstrumentationConfig {
  readonly modules: readonly ModuleInstrumentation[];
  readonly log: Log;
}

class LoadedModules extends InstrumentationBase<Config> {
  /** Called by the constructor of the base class, before there are fields of our own. */
  protected init(): InstrumentationNodeModuleDefinition[] {
    const { modules, log } = this.getConfig();
    return modules.map(
      (module) =>
        new InstrumentationNodeModuleDefinition(module.name, ['*'], (exports: object, version) =>
          instrument(module, exports, version, log),
        ),
    );
  }
}

function instrument(module: ModuleInstrumentation, exports: object, version: string | undefined, log: Log): object {
  const { name, majors } = module;
  if (version !== undefined && !majors.includes(Number.parseInt(version, 10))) {
    log.warn(`${name} ${version} is not observed: Telltale knows its versions ${majors.join(' and ')}.`, 'ERR_ADAPTER');
    return exports;
  }
  try {
    return module.instrument(exports);
  } catch (error) {
    log.warn(`${name} is not observed: ${messageOf(error)}`, 'ERR_ADAPTER');
    return exports;
  }
}

/** Of `import-in-the-middle`, which OpenTelemetry's package brings. */
interface SynchronousHooks {
  supportsSyncHooks(): boolean;
  register(options: { readonly include: readonly string[] }): void;
}

const OWN = '@opentelemetry/instrumentation';
const HOOKS = 'import-in-the-middle/register-hooks.mjs';

/** Has `import` ask for these packages, and leaves all others as they are. */
function hookImports(include: readonly string[], log: Log): void {
  // From where OpenTelemetry's package is: two copies of the loader would not know of each other.
  const require = createRequire(fileURLToPath(import.meta.resolve(OWN)));
  const hooks = require(HOOKS) as SynchronousHooks;
  if (hooks.supportsSyncHooks()) hooks.register({ include });
  else if (startedByImport()) register(`${OWN}/hook.mjs`, import.meta.url, { data: { include } });
  else {
    log.warn(
      `In Node ${process.versions.node}, packages that are loaded by import are observed only with node --import @telltale/register; those that are required are.`,
      'ERR_ADAPTER',
    );
  }
}

/** Without it, `require` of ES modules fails once such a Node has a loader thread: "The resolveSync() method is not implemented". */
function startedByImport(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes('--import'));
}
