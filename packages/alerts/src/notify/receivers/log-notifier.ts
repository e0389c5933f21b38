import { TelemetryError } from '@telltale/core';
import type { Notification, Notifier } from '../../notifier.ts';
import { checkNotifierOptions, type NotifierOptions, notifierOf } from '../check-notifiers.ts';
import { webhookMessage } from './webhook.ts';

/** `line` is one JSON document without an end of line: the one that `webhook` posts. */
export type AlertLog = (line: string, notification: Notification) => void;

/** Writes each notification as a line of JSON to the standard error output, or hands it to `log`, such as `(line) => logger.warn(line)`. Throws `ERR_OPTION` for what is no function. */
export function logNotifier(log: AlertLog = toStandardError, options: NotifierOptions = {}): Notifier {
  if (typeof log !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `logNotifier() was given ${log === null ? 'null' : `a value of type ${typeof log}`}; give a function that takes a line, or nothing.`,
    );
  }
  checkNotifierOptions('logNotifier', options, []);
  return notifierOf('logNotifier', options, {
    name: 'log',
    async send(notification, { resource }) {
      const source = String(resource.attributes['service.name'] ?? '');
      log(JSON.stringify(webhookMessage(notification, source)), notification);
    },
  });
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
