// A service that ends itself at a signal, and is asked how it is before and after it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTelemetry, healthEndpoint } from '../index.ts';

const telemetry = createTelemetry({ service: { name: 'shop' } });
const server = createServer(healthEndpoint(telemetry));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

async function ask(path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/health/${path}`, { headers: { connection: 'close' } })).status;
}

process.on('SIGTERM', async () => {
  process.stdout.write(`${await ask('ready')} ${await ask('live')}\n`);
  server.close();
});
process.stdout.write(`${await ask('ready')}\n`);
