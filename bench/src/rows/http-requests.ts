import type { Server } from 'node:http';
import type { Loop } from '../experiment.ts';
import { Connection } from './connection.ts';

/** What all services of the HTTP rows serve: three routes, one of them below a mount path or a controller's. */
const REQUESTS = [
  ['GET', '/users/42'],
  ['POST', '/orders'],
  ['GET', '/catalog/items/lamp'],
] as const;

/** Requests one after another on one connection; `seen` says how many the observer has observed: fewer would be cheap for the wrong reason. */
export function requests(server: Server, seen: () => number | Promise<number>): Loop {
  const connection = new Connection(server);
  let sent = 0;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const [method, path] = REQUESTS[sent++ % REQUESTS.length]!;
        const response = await connection.send(method, path);
        if (!response.startsWith('HTTP/1.1 20')) throw new Error(`${method} ${path} was answered with ${response}`);
      }
    },
    async settle() {
      const observed = await seen();
      if (observed !== sent) throw new Error(`of ${sent} requests ${observed} were observed`);
    },
  };
}
