import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientGrpc,
  ClientProxyFactory,
  GrpcMethod,
  type GrpcOptions,
  GrpcStreamCall,
  GrpcStreamMethod,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import {
  concat,
  EMPTY,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  take,
  toArray,
} from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeAll, closing, freePort } from './microservice.test-support.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

const PROTO = `
syntax = "proto3";
package hero;
service HeroService {
  rpc FindOne (Hero) returns (Hero);
  rpc Follow (Hero) returns (stream Hero);
  rpc Double (stream Hero) returns (stream Hero);
  rpc Count (stream Hero) returns (Hero);
  rpc Raw (stream Hero) returns (stream Hero);
}
message Hero { int32 id = 1; }
`;

interface Hero {
  readonly id: number;
}

interface HeroService {
  findOne(hero: Hero, metadata?: Metadata): Observable<Hero>;
  follow(hero: Hero): Observable<Hero>;
  double(heroes: Observable<Hero>): Observable<Hero>;
  count(heroes: Observable<Hero>): Observable<Hero>;
  raw(heroes: Observable<Hero>): Observable<Hero>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-grpc-'));
  await writeFile(join(folder, 'hero.proto'), PROTO);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(closeAll);

async function serve() {
  const scene = remembering();
  const { telemetry } = scene;
  const left = vi.fn();

  @Controller()
  class HeroController {
    /** Asks for the payload alone. */
    @GrpcMethod('HeroService', 'FindOne')
    findOne(@Payload() { id }: Hero): Hero {
      telemetry.span('look up', () => {});
      if (id === 404) throw new RpcException({ code: status.NOT_FOUND, message: 'no such hero' });
      return { id };
    }

    @GrpcMethod('HeroService')
    follow({ id }: Hero) {
      const heroes = from([1, 2, 3]).pipe(map((number) => ({ id: number })));
      return id === 0 ? concat(heroes, NEVER) : heroes;
    }

    @GrpcStreamMethod('HeroService')
    double(heroes: Observable<Hero>) {
      return heroes.pipe(map(({ id }) => ({ id: 2 * id })));
    }

    @GrpcStreamMethod('HeroService')
    count(heroes: Observable<Hero>) {
      return heroes.pipe(
        toArray(),
        map(({ length }) => {
          if (length === 0) throw new RangeError('nobody');
          return { id: length };
        }),
      );
    }

    @GrpcStreamCall('HeroService')
    raw(call: ServerDuplexStream<Hero, Hero>): void {
      call.on('data', (hero: Hero) => call.write(hero));
      call.on('end', () => call.end());
      call.on('cancelled', left);
    }
  }

  @Module({ imports: [observing(telemetry)], controllers: [HeroController] })
  class App {}
  const options: GrpcOptions = {
    transport: Transport.GRPC,
    options: { package: 'hero', protoPath: join(folder, 'hero.proto'), url: `127.0.0.1:${await freePort()}` },
  };
  const app = await NestFactory.createMicroservice(App, { ...options, logger: false, abortOnError: false });
  await app.listen();
  closing(() => app.close());
  const client = ClientProxyFactory.create(options) as unknown as ClientGrpc;
  closing(() => (client as unknown as { close(): void }).close());
  return { ...scene, scene, heroes: client.getService<HeroService>('HeroService') };
}

describe('a gRPC call', () => {
  it('is one job, named by service and method', async () => {
    const { scene, memory, heroes } = await serve();
    expect(await firstValueFrom(heroes.findOne({ id: 7 }))).toEqual({ id: 7 });
    expect(await jobsOf(scene)).toEqual(['nest.grpc HeroService/FindOne completed']);
    const span = memory.spans.find(({ name }) => name === 'process HeroService/FindOne');
    expect(span).toMatchObject({
      kind: 4,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'HeroService',
        'rpc.method': 'FindOne',
        'code.function.name': 'HeroController.findOne',
      },
    });
    expect(span).not.toHaveProperty('parentSpanId');
    expect(memory.spans.find(({ name }) => name === 'look up')?.parentSpanId).toBe(span?.spanId);
  });

  it(`continues the trace of its metadata, also when its handler asks for the payload alone`, async () => {
    const { telemetry, memory, heroes } = await serve();
    const metadata = new Metadata();
    metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    await firstValueFrom(heroes.findOne({ id: 7 }, metadata));
    await telemetry.flush();
    expect(memory.spans.find(({ name }) => name === 'process HeroService/FindOne')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
  });

  it('has failed with what was thrown, and its status goes to the caller', async () => {
    const { scene, heroes } = await serve();
    await expect(firstValueFrom(heroes.findOne({ id: 404 }))).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: 'no such hero',
    });
    expect(await jobsOf(scene)).toEqual(['nest.grpc HeroService/FindOne failed RpcException']);
  });

  it('with streams lasts as long as they do', async () => {
    const { scene, memory, heroes } = await serve();
    const all = (stream: Observable<Hero>) =>
      lastValueFrom(
        stream.pipe(
          map(({ id }) => id),
          toArray(),
        ),
      );
    expect(await all(heroes.follow({ id: 1 }))).toEqual([1, 2, 3]);
    expect(await all(heroes.double(from([{ id: 1 }, { id: 2 }])))).toEqual([2, 4]);
    expect(await all(heroes.count(of({ id: 1 }, { id: 1 })))).toEqual([2]);
    await expect(all(heroes.count(EMPTY))).rejects.toBeDefined();
    expect(await jobsOf(scene)).toEqual([
      'nest.grpc HeroService/Follow completed',
      'nest.grpc HeroService/Double completed',
      'nest.grpc HeroService/Count completed',
      'nest.grpc HeroService/Count failed RangeError',
    ]);
    expect(memory.value('job.active')).toBe(0);
  });

  it('is aborted when the caller leaves its stream', async () => {
    const { scene, memory, heroes } = await serve();
    expect(await lastValueFrom(heroes.follow({ id: 0 }).pipe(take(2), toArray()))).toEqual([{ id: 1 }, { id: 2 }]);
    await vi.waitFor(async () => {
      expect(await jobsOf(scene)).toEqual(['nest.grpc HeroService/Follow aborted']);
    });
    expect(memory.value('job.active')).toBe(0);
  });

  it('that is handed over as it is ends with its handler', async () => {
    const { scene, heroes } = await serve();
    expect(await lastValueFrom(heroes.raw(from([{ id: 1 }, { id: 2 }])).pipe(toArray()))).toHaveLength(2);
    expect(await jobsOf(scene)).toEqual(['nest.grpc HeroService/Raw completed']);
  });
});
