import { messageOf, type Telemetry } from '@telltale/core';
import { type Containers, wrappersIn } from '../classes/container.ts';
import { instancesIn, memberOf, typeOf } from './container.ts';
import { metadataOf, PROCESSOR } from './handler-metadata.ts';

type Adapter = Pick<typeof import('@telltale/bullmq'), 'bullmqTelemetry' | 'observeQueue' | 'observeWorker'>;
type Worker = Parameters<Adapter['observeWorker']>[0];

/** What is needed of a queue of BullMQ; its options are its own copy. */
type Queue = Parameters<Adapter['observeQueue']>[0] & { readonly opts: { telemetry?: unknown } };

/** Nest's registrar, which makes the workers, by itself or when the application tells it to. */
interface Registrar {
  [OBSERVED]?: true;
  register(): unknown;
}

/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.nest.registrar');
const REGISTRAR = 'BullRegistrar';
/** The tokens of what `BullModule.forRoot` was given begin so. */
const SHARED_OPTIONS = 'BULLMQ_CONFIG(';

/**
 * Observes the queues of BullMQ that an application's providers are, and the workers of its processors from their making on, before they take
 * up a job. They carry trace context, unless they have a `telemetry` option of their own. To be called when all providers are made, before
 * Nest calls their hooks, and once more after these. `load` gives @telltale/bullmq, and is only called when there is something to observe.
 */
export async function observeBullmq(
  modules: Containers,
  telemetry: Telemetry,
  load: () => Promise<Adapter> = () => import('@telltale/bullmq'),
): Promise<void> {
  const instances = [...instancesIn(modules)];
  const queues = instances.filter(isQueue);
  const processors = instances.filter(isProcessor);
  if (queues.length === 0 && processors.length === 0) return;
  const adapter = await load().catch((error: unknown) => {
    telemetry.problem('nest bullmq', () => describe(error));
  });
  if (adapter === undefined) return;

  const tracing = adapter.bullmqTelemetry(telemetry);
  for (const queue of queues) {
    queue.opts.telemetry ??= tracing;
    adapter.observeQueue(queue, telemetry);
  }
  // Of the queue, or, where there is none, of the shared options.
  if (processors.length > 0) traceByDefault(modules, tracing);
  const observeWorkers = (): void => {
    for (const processor of processors) {
      // Nest's getter throws before there is one.
      const worker = memberOf(processor, 'worker');
      if (worker !== undefined) adapter.observeWorker(worker as Worker, telemetry);
    }
  };
  for (const registrar of instances.filter(isRegistrar)) afterwards(registrar, observeWorkers);
  observeWorkers();
}

function traceByDefault(modules: Containers, tracing: unknown): void {
  for (const wrapper of wrappersIn(modules)) {
    const { token, instance } = wrapper;
    if (typeof token !== 'string' || !token.startsWith(SHARED_OPTIONS) || !isObject(instance)) continue;
    // A copy: they may be the application's own object.
    if (instance.telemetry === undefined) wrapper.instance = { ...instance, telemetry: tracing };
  }
}

/** A worker fetches its first job only after whoever has made it gives way. */
function afterwards(registrar: Registrar, work: () => void): void {
  if (registrar[OBSERVED]) return;
  registrar[OBSERVED] = true;
  const { register } = registrar;
  registrar.register = () => {
    const result = register.call(registrar);
    work();
    return result;
  };
}

function isQueue(instance: object): instance is Queue {
  return (
    has(instance, 'function', 'add', 'addBulk', 'getJobCounts', 'waitUntilReady') &&
    has(instance, 'string', 'name') &&
    has(instance, 'object', 'opts')
  );
}

function isProcessor(instance: object): boolean {
  const type = typeOf(instance);
  return type !== undefined && metadataOf(PROCESSOR, type) !== undefined;
}

function isRegistrar(instance: object): instance is Registrar {
  return typeOf(instance)?.name === REGISTRAR && has(instance, 'function', 'register');
}

function has(instance: object, type: 'function' | 'string' | 'object', ...names: readonly string[]): boolean {
  return names.every((name) => typeof memberOf(instance, name) === type);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function describe(error: unknown): string {
  const { code } = isObject(error) ? error : {};
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return 'The queues and processors of @nestjs/bullmq are not observed: run `npm install @telltale/bullmq`.';
  }
  return `The queues and processors of @nestjs/bullmq are not observed: loading @telltale/bullmq failed: ${messageOf(error)}`;
}
