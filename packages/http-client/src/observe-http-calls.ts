import { channel } from 'node:diagnostics_channel';
import type { Telemetry } from '@telltale/core';
import { HttpCalls } from './http-calls.ts';
import { type HttpCallsOptions, HttpCallsSettings } from './http-calls-settings.ts';
import { NodeCalls } from './node-calls.ts';
import { Subscriptions } from './subscriptions.ts';
import { UndiciCalls } from './undici-calls.ts';

/** Where observers of the process hear of each other, also those of other copies of this package. */
const OBSERVERS = 'telltale.http-client';

interface Question {
  readonly telemetry: Telemetry;
  /** Someone observes for it already. */
  taken: boolean;
}

/**
 * Records every outgoing call of the process made with `fetch`, undici, `node:http` and `node:https` as a boundary call of the service that
 * makes it, and adds trace headers. Again with the same telemetry, or one of its services, it does nothing. Returns the function that ends it:
 * calls under way are recorded to their end. Throws `ERR_OPTION` for options that are wrong.
 */
export function observeHttpCalls(telemetry: Telemetry, options: HttpCallsOptions = {}): () => void {
  const settings = new HttpCallsSettings(telemetry, options);
  if (!telemetry.observes('boundary')) return () => {};
  const question: Question = { telemetry, taken: false };
  channel(OBSERVERS).publish(question);
  if (question.taken) return () => {};

  const calls = new HttpCalls(telemetry, settings);
  const clients = [new UndiciCalls(calls, tracesOf(telemetry)), new NodeCalls(calls)];
  const answers = new Subscriptions(telemetry);
  answers.add(OBSERVERS, (asked: Question) => {
    // One telemetry's services share a resource, whichever of them is asked.
    if (asked.telemetry.snapshot().resource === telemetry.snapshot().resource) asked.taken = true;
  });
  return () => {
    answers.end();
    for (const client of clients) client.stop();
    calls.whenIdle(() => {
      for (const client of clients) client.dispose();
    });
  };
}

/** Whether spans are on: without them, a traced function is the function itself. */
function tracesOf(telemetry: Telemetry): boolean {
  return telemetry.traced('', tracesOf) !== tracesOf;
}
