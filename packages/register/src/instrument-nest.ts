import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, type Telemetry } from '@telltale/core';
import type { ModuleInstrumentation } from './loaded-modules.ts';
import type { Log } from './log.ts';
import { isImported, withImport } from './nest-root-module.ts';

type Create = (root: unknown, ...rest: unknown[]) => Promise<unknown>;

const METHODS = ['create', 'createMicroservice', 'createApplicationContext'] as const;
type NestFactory = Record<(typeof METHODS)[number], Create>;

const ADAPTER = '@telltale/nest';
const DONE = Symbol.for('telltale.register.nest');

/** Imports `TelemetryModule` into the root module of whatever `NestFactory` creates. */
export function instrumentNest(telemetry: Telemetry, log: Log): ModuleInstrumentation {
  return {
    name: '@nestjs/core',
    majors: [11, 12],
    instrument(exports) {
      const { NestFactory } = exports as { readonly NestFactory?: NestFactory };
      if (typeof NestFactory?.create !== 'function') throw new Error('it has no NestFactory');
      // It is one object however it is loaded.
      if (DONE in NestFactory) return exports;
      Object.defineProperty(NestFactory, DONE, { value: true });
      for (const method of METHODS) observe(NestFactory, method, telemetry, log);
      return exports;
    },
  };
}

function observe(factory: NestFactory, method: keyof NestFactory, telemetry: Telemetry, log: Log): void {
  const original = factory[method];
  factory[method] = async function (root, ...rest) {
    return original.call(this, await observed(await root, factory, telemetry, log), ...rest);
  };
}

/** The root module as it is, where it cannot be observed or observes itself. */
async function observed(root: unknown, factory: NestFactory, telemetry: Telemetry, log: Log): Promise<unknown> {
  try {
    await checkCopies(factory);
    const { TelemetryModule } = await import('@telltale/nest');
    if (await isImported(TelemetryModule, root)) return root;
    // The process ends the telemetry: there may be other applications in it.
    return withImport(root, TelemetryModule.forRoot(telemetry, { shutdown: false }));
  } catch (error) {
    log.warn(`Nest is not observed: ${messageOf(error)}`, 'ERR_ADAPTER');
    return root;
  }
}

/** A module written for one copy of Nest means nothing to another. */
async function checkCopies(factory: NestFactory): Promise<void> {
  const require = createRequire(fileURLToPath(import.meta.resolve(ADAPTER)));
  const { NestFactory } = await import(pathToFileURL(require.resolve('@nestjs/core')).href);
  if (NestFactory !== factory) {
    throw new Error(
      `the application and ${ADAPTER} each have a copy of @nestjs/core; install @telltale/register beside the application's own Nest, in one version.`,
    );
  }
}
