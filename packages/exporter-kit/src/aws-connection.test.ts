import { contextOf } from '@telltale/testing';
import { expect, test, vi } from 'vitest';
import { type AwsClient, AwsConnection, type AwsService } from './index.ts';

const command = () => ({ middlewareStack: { add: () => {} } });

function serviceOf(client: AwsClient, more: Partial<AwsService<object>> = {}): AwsService<object> {
  return {
    name: 'CloudWatch',
    maker: 'cloudwatch()',
    library: '@aws-sdk/client-nowhere',
    load: async () => ({}),
    createClient: () => client,
    ...more,
  };
}

test('a library that is not installed is named with the command, and looked for again the next time', async () => {
  const nowhere = '@aws-sdk/client-nowhere';
  const load = vi.fn(() => import(nowhere));
  const connection = new AwsConnection(serviceOf({ send: async () => 'taken' }, { load }), {});
  await expect(connection.start()).rejects.toThrow(
    'cloudwatch() needs @aws-sdk/client-nowhere, which is not installed; run `npm install @aws-sdk/client-nowhere`.',
  );
  await expect(connection.call(command, 'a:B', contextOf())).rejects.toThrow(/is not installed/);
  load.mockResolvedValue({});
  await connection.start();
  expect(await connection.call(command, 'a:B', contextOf())).toBe('taken');
  expect(load).toHaveBeenCalledTimes(3);
});

test('the client is made once, without retries of its own, and destroyed at the end', async () => {
  const client = { send: vi.fn(async () => {}), destroy: vi.fn() };
  const createClient = vi.fn(() => client);
  const connection = new AwsConnection(serviceOf(client, { createClient }), { region: 'eu-west-1' });
  await Promise.all([connection.start(), connection.call(command, 'a:B', contextOf())]);
  await connection.call(command, 'a:B', contextOf());
  expect(createClient).toHaveBeenCalledTimes(1);
  expect(createClient).toHaveBeenCalledWith({}, expect.objectContaining({ region: 'eu-west-1', maxAttempts: 1 }));
  await connection.close();
  expect(client.destroy).toHaveBeenCalledTimes(1);
});

test('nothing is asked for when the time was over before', async () => {
  const client = { send: vi.fn(async () => {}) };
  const connection = new AwsConnection(serviceOf(client), {});
  await expect(connection.call(command, 'a:B', contextOf(AbortSignal.abort()))).rejects.toThrow();
  expect(client.send).not.toHaveBeenCalled();
});

test('closing what was never opened, or could not be, is fine', async () => {
  await new AwsConnection(serviceOf({ send: async () => {} }), {}).close();
  const broken = new AwsConnection(
    serviceOf({ send: async () => {} }, { load: () => Promise.reject(new Error('x')) }),
    {},
  );
  await expect(broken.start()).rejects.toThrow('cloudwatch() could not load @aws-sdk/client-nowhere: x');
  await broken.close();
});
