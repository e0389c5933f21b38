import { Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { afterEach, expect, it } from 'vitest';
import { LocalServer } from './local-server.test-support.ts';
import { closeAll, closing } from './microservice.test-support.ts';
import { observeJobClasses, observeJobInstances } from './observe-jobs.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

afterEach(closeAll);

it('looks at providers of all kinds without harm and without complaint', async () => {
  const problems: Error[] = [];
  const { telemetry } = remembering({ onError: (error) => problems.push(error) });
  /** What Nest itself looks at. */
  const allowed = ['then', 'constructor', 'onModuleInit', 'onApplicationBootstrap'];
  const allowedAtTheEnd = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'];
  const refuse = (name: string | symbol): unknown => {
    if ([...allowed, ...allowedAtTheEnd].includes(String(name))) return undefined;
    throw new Error(`${String(name)} is not configured`);
  };
  const refusing = new Proxy({}, { get: (_target, name) => refuse(name) });
  const obliging: object = new Proxy(() => {}, {
    get: (_target, name) => (name === 'then' ? undefined : () => obliging),
  });
  const values = [
    refusing,
    obliging,
    Object.freeze({}),
    Object.create(null),
    new Uint8Array(1e7),
    null,
    7,
    'text',
    Symbol('s'),
  ];
  const providers = values.map((useValue, i) => ({ provide: `value ${i}`, useFactory: () => useValue }));
  @Module({ providers })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  closing(() => app.close());
  const parts = { modules: app.get(ModulesContainer), telemetry };
  observeJobClasses(parts);
  await observeJobInstances(parts);
  expect(problems).toEqual([]);
});

it('takes handlers that a transport has of its own as they are', async () => {
  const scene = remembering();
  @Module({ imports: [observing(scene.telemetry)] })
  class App {}
  const local = new LocalServer();
  const app = await NestFactory.createMicroservice(App, { strategy: local, logger: false, abortOnError: false });
  closing(() => app.close());
  local.addHandler('quiet', async () => undefined as never);
  local.addHandler('broken', async () => {
    throw new RangeError('too far');
  });
  await app.listen();
  expect(await local.deliver('quiet')).toBeUndefined();
  await expect(local.deliver('broken')).rejects.toThrow('too far');
  expect(await jobsOf(scene)).toEqual(['nest.custom quiet completed', 'nest.custom broken failed RangeError']);
});
