import { createHmac } from 'node:crypto';
import { TelemetryError } from '@telltale/core';
import type { Alert } from '../../alert.ts';
import type { Notification, Notifier } from '../../notifier.ts';
import { checkNotifierOptions, type NotifierOptions, notifierOf } from '../check-notifiers.ts';
import { clip } from '../clip.ts';
import { checkHeaders, ReceiverHttp } from './receiver-http.ts';
import { linkOf, receiverUrl, webAddress } from './receiver-url.ts';

/** Alerts in one message; the rest is counted in `leftOut`. */
const MAX_ALERTS = 100;
const MAX_TEXT = 4096;
const MAX_LABEL = 1024;
const MAX_LABELS = 64;

export interface WebhookOptions extends NotifierOptions {
  readonly url: string;
  /** Added to each request: `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs each request: `telltale-signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>", hexadecimal>`. At least 16 characters. */
  readonly secret?: string;
  /** A page that shows more, told as `link`: the dashboard's. */
  readonly link?: string;
  /** What becomes of a message that was sent when the connection died: given up (default), or sent again with the same `id`. */
  readonly whenUnknown?: 'again' | 'give-up';
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string;
}

/** One alert in a message. Times are of ISO 8601, in UTC. */
export interface WebhookAlert {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly rule: string;
  readonly severity: Alert['severity'];
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description?: string;
  readonly runbook?: string;
  readonly value?: number;
  readonly firedAt?: string;
  readonly resolvedAt?: string;
}

/** What a webhook is sent. Fields may be added; those that are here stay what they are while `version` is 1. */
export interface WebhookMessage {
  readonly version: 1;
  /** The same when the same is sent again: copies can be told by it. */
  readonly id: string;
  /** `resolved`: all of `alerts` are. */
  readonly status: 'firing' | 'resolved';
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  /** The service that tells: the sidecar, or the service itself. */
  readonly source: string;
  readonly link?: string;
  /** Firing ones first, the most severe first; at most 100. */
  readonly alerts: readonly WebhookAlert[];
  /** How many more there are that `alerts` has no room for. */
  readonly leftOut: number;
  /** How many more of the group fire, that were told before. */
  readonly stillFiring: number;
  /** What was told before is told once more, by `repeatEvery`. */
  readonly repeated: boolean;
}

/** Posts a JSON document, a `WebhookMessage`. Any status from 200 to 299 means that it arrived. Throws `ERR_OPTION` for options that cannot be. */
export function webhook(options: WebhookOptions): Notifier {
  checkNotifierOptions('webhook', options, ['url', 'headers', 'secret', 'link', 'whenUnknown', 'ca']);
  const url = receiverUrl('webhook.url', options.url, { what: 'the address to post to', secret: false });
  checkHeaders('webhook.headers', options.headers);
  checkSecret(options.secret);
  checkWhenUnknown('webhook', options.whenUnknown);
  const { headers = {}, secret, whenUnknown } = options;
  const link = linkOf('webhook.link', options.link);
  const http = new ReceiverHttp({
    urls: [url],
    headers,
    ca: options.ca,
    secrets: secret === undefined ? [] : [secret],
  });
  return notifierOf('webhook', options, {
    name: 'webhook',
    idempotent: whenUnknown === 'again',
    async send(notification, context) {
      const source = String(context.resource.attributes['service.name'] ?? '');
      const body = JSON.stringify(webhookMessage(notification, source, link));
      await http.post(url, body, context, {
        ...(secret !== undefined && { headers: { 'telltale-signature': signatureOf(body, secret, context.time) } }),
        credentials: 'check `headers` and `secret`',
      });
    },
    close: () => http.close(),
  });
}

export function webhookMessage(notification: Notification, source: string, link?: string): WebhookMessage {
  const { id, groupKey, groupLabels, status, alerts, stillFiring, repeated } = notification;
  return {
    version: 1,
    id,
    status,
    groupKey,
    groupLabels: clipLabels(groupLabels),
    source: clip(source, MAX_LABEL),
    ...(link !== undefined && { link }),
    alerts: alerts.slice(0, MAX_ALERTS).map(alertOf),
    leftOut: Math.max(0, alerts.length - MAX_ALERTS),
    stillFiring,
    repeated,
  };
}

/** Throws `ERR_OPTION` for what is no such rule. */
export function checkWhenUnknown(maker: string, whenUnknown: unknown): void {
  if (whenUnknown === undefined || whenUnknown === 'again' || whenUnknown === 'give-up') return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"${maker}.whenUnknown" is ${JSON.stringify(whenUnknown)}; give 'again' or 'give-up'.`,
  );
}

function alertOf(alert: Alert): WebhookAlert {
  const { fingerprint, state, rule, severity, labels, summary, description, runbook, value, firedAt, resolvedAt } =
    alert;
  const address = webAddress(runbook);
  return {
    fingerprint,
    status: state === 'firing' ? 'firing' : 'resolved',
    rule,
    severity,
    labels: clipLabels(labels),
    summary: clip(summary, MAX_TEXT),
    ...(description !== undefined && { description: clip(description, MAX_TEXT) }),
    ...(address !== undefined && { runbook: address }),
    // JSON has no other numbers.
    ...(value !== undefined && Number.isFinite(value) && { value }),
    ...(firedAt !== undefined && { firedAt: isoTime(firedAt) }),
    ...(resolvedAt !== undefined && state !== 'firing' && { resolvedAt: isoTime(resolvedAt) }),
  };
}

export function clipLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(labels).slice(0, MAX_LABELS);
  return Object.fromEntries(entries.map(([name, value]) => [clip(name, MAX_LABEL), clip(value, MAX_LABEL)]));
}

export function isoTime(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString();
}

function signatureOf(body: string, secret: string, now: number): string {
  const time = Math.floor(now);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

function checkSecret(secret: unknown): void {
  if (secret === undefined || (typeof secret === 'string' && secret.length >= 16)) return;
  const given = typeof secret === 'string' ? `has ${secret.length} characters` : `is of type ${typeof secret}`;
  throw new TelemetryError(
    'ERR_OPTION',
    `"webhook.secret" ${given}; give a string of 16 or more that cannot be guessed.`,
  );
}
