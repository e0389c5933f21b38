import { type CanActivate, Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { type ClientProxy, ClientsModule, MessagePattern, Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { freePort, tcp } from './jobs/microservice.test-support.ts';
import {
  closeAll,
  platforms,
  pointsOf,
  recorded,
  serve,
  spanTree,
  testTelemetry,
} from './observed-app.test-support.ts';

afterEach(closeAll);

class AllowGuard implements CanActivate {
  canActivate() {
    return true;
  }
}

it.each(platforms)('a hybrid application on %s records its requests and its messages', async (_platform, adapter) => {
  @Controller()
  @UseGuards(AllowGuard)
  class BothController {
    @Inject('CLIENT') private readonly client!: ClientProxy;

    @Get('ask/:question')
    ask() {
      return firstValueFrom(this.client.send('answer', 'why'));
    }

    @MessagePattern('answer')
    answer(@Payload() question: string) {
      return `${question} not`;
    }
  }
  const subject = testTelemetry();
  const transport = tcp(await freePort());
  const { port } = await serve({
    adapter: adapter(),
    telemetry: subject.telemetry,
    module: {
      imports: [ClientsModule.register([{ name: 'CLIENT', ...transport }])],
      controllers: [BothController],
    },
    configure: async (app) => {
      app.connectMicroservice(transport);
      await app.startAllMicroservices();
    },
  });
  expect(await recorded(subject.telemetry, port, '/ask/1')).toEqual(['GET /ask/:question 200']);
  expect(pointsOf(subject.telemetry, 'job.duration').map(({ attributes }) => attributes)).toEqual([
    { 'job.name': 'answer', 'job.queue': 'nest.tcp', 'job.outcome': 'completed' },
  ]);
  const names = (await spanTree(subject)).map((line) => line.trim());
  expect(names.sort()).toEqual([
    'AllowGuard.canActivate',
    'AllowGuard.canActivate',
    'BothController.ask',
    'GET /ask/:question',
    'process answer',
  ]);
});
