/** What Lambda says of an invocation; as much of it as is used. `Context` of @types/aws-lambda fits. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/** Any handler: asynchronous, with a callback, or one that streams. */
// biome-ignore lint/suspicious/noExplicitAny: what a type parameter for functions has to extend
export type LambdaFunction = (this: any, ...args: any[]) => unknown;

/** How `awslambda.streamifyResponse` marks a handler. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const OWN = ['length', 'name', 'prototype', 'arguments', 'caller'];

/** Whether the runtime gives the handler a stream for its response: its arguments are then event, stream, context. */
export function isStreaming(handler: LambdaFunction): boolean {
  return (handler as unknown as Record<symbol, unknown>)[STREAMING] === 'response';
}

/** Gives `wrapper` the name, the number of parameters, by which runtimes tell callbacks, and the marks of `handler`. */
export function dressAs(handler: LambdaFunction, wrapper: LambdaFunction): void {
  Object.defineProperties(wrapper, {
    name: { value: handler.name, configurable: true },
    length: { value: handler.length, configurable: true },
  });
  for (const key of Reflect.ownKeys(handler)) {
    if (typeof key === 'string' && OWN.includes(key)) continue;
    Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(handler, key) as PropertyDescriptor);
  }
}
