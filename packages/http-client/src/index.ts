export type { HttpCallsOptions } from './http-calls-settings.ts';
export { observeHttpCalls } from './observe-http-calls.ts';
export type { OutgoingCall } from './outgoing-call.ts';
