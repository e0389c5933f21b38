import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is read of Fastify, version 5. */
interface FastifyInstance {
  readonly server: unknown;
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void): unknown;
}

export type Done = (error?: Error) => void;

export interface FastifyRequest {
  readonly raw: IncomingMessage & { readonly originalUrl?: string };
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
  /** These two follow the option `trustProxy`. */
  readonly protocol: string;
  readonly ip: string;
}

export interface FastifyReply {
  readonly raw: ServerResponse;
}

export type RequestHook = (request: FastifyRequest, reply: FastifyReply, done: Done) => unknown;

/** What is read of Nest's `FastifyAdapter`. */
export interface FastifyAdapter {
  getInstance(): FastifyInstance;
  setOnRequestHook?(hook: RequestHook): void;
}
