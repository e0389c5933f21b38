import { ExportError, messageOf, TelemetryError } from '@telltale/core';
import type { Alert } from '../../alert.ts';
import type { Notification, Notifier, NotifierContext } from '../../notifier.ts';
import { checkNotifierOptions, type NotifierOptions, notifierOf } from '../check-notifiers.ts';
import { clip, clipLine } from '../clip.ts';
import { ReceiverHttp } from './receiver-http.ts';
import { linkOf, receiverUrl, webAddress } from './receiver-url.ts';
import { clipLabels, isoTime } from './webhook.ts';

const URL_OF_EVENTS = 'https://events.pagerduty.com/v2/enqueue';
/** An integration key has so many characters. */
const KEY_LENGTH = 32;
/** Limits of the Events API v2 (developer.pagerduty.com, "Send an Alert Event"). */
const MAX_SUMMARY = 1024;
const MAX_DEDUP_KEY = 255;
const MAX_SOURCE = 255;
const MAX_BYTES = 512 * 1024;
/** 120 events a minute and key is the least of what its documentation has said. */
const EVENTS_PER_SECOND = 2;

export interface PagerDutyOptions extends NotifierOptions {
  /** The integration key of "Events API v2" of a service, 32 characters. */
  readonly routingKey: string;
  /** Default `https://events.pagerduty.com/v2/enqueue`; in the EU `https://events.eu.pagerduty.com/v2/enqueue`. */
  readonly url?: string;
  /** A page that shows more: the dashboard's. */
  readonly link?: string;
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string;
}

/** An event of the Events API v2. */
interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'resolve';
  readonly dedup_key: string;
  readonly client?: string;
  readonly client_url?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: Alert['severity'];
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
}

/**
 * One event per alert, whose fingerprint is the `dedup_key`: PagerDuty knows copies for what they are, also from other processes. Throws `ERR_OPTION` for options that cannot be.
 */
export function pagerDuty(options: PagerDutyOptions): Notifier {
  checkNotifierOptions('pagerDuty', options, ['routingKey', 'url', 'link', 'ca']);
  const { routingKey } = options;
  checkKey(routingKey);
  const url = receiverUrl('pagerDuty.url', options.url ?? URL_OF_EVENTS, {
    what: 'the address of the Events API v2',
    secret: true,
  });
  const link = linkOf('pagerDuty.link', options.link);
  const http = new ReceiverHttp({ urls: [url], secrets: [routingKey], ca: options.ca });

  async function sendEvent(alert: Alert, notification: Notification, context: NotifierContext): Promise<void> {
    const body = bodyOf(pagerDutyEvent(alert, notification, { routingKey, link, service: serviceOf(context) }));
    const answer = await http.post(url, body, context, {
      credentials: 'check `routingKey`',
      // A key that is none is answered as if the event were at fault.
      mendedOutside: (refusal) => /routing[ _]key/i.test(refusal.body.toString('utf8')),
    });
    if (!isSuccess(answer.body)) throw http.notTheReceiver(answer, '"status": "success"');
    context.told([alert]);
  }

  return notifierOf('pagerDuty', options, {
    name: 'pagerDuty',
    idempotent: true,
    rateLimit: EVENTS_PER_SECOND,
    async send(notification, context) {
      // Its next life would be resolved by the end of the last.
      const over = notification.alerts.filter(({ state }) => state !== 'firing');
      const firing = notification.alerts.filter(({ state }) => state === 'firing');
      for (const alert of [...over, ...firing]) {
        try {
          await sendEvent(alert, notification, context);
        } catch (error) {
          if (!(error instanceof ExportError) || error.retryable || error.outcomeUnknown) throw error;
          context.refused([alert], messageOf(error));
        }
      }
    },
    close: () => http.close(),
  });
}

interface PagerDutyEventOptions {
  readonly routingKey: string;
  readonly link: string | undefined;
  /** Where it comes from, when the alert does not say. */
  readonly service: string;
}

function pagerDutyEvent(alert: Alert, notification: Notification, options: PagerDutyEventOptions): PagerDutyEvent {
  const { routingKey: routing_key, link, service } = options;
  const { fingerprint, rule, severity, labels, summary, description, runbook, value, firedAt, state } = alert;
  const dedup_key = clip(fingerprint, MAX_DEDUP_KEY);
  if (state !== 'firing') return { routing_key, event_action: 'resolve', dedup_key };
  const source = labels.service_name ?? service;
  const address = webAddress(runbook);
  const group = Object.values(notification.groupLabels).join(' ');
  return {
    routing_key,
    event_action: 'trigger',
    dedup_key,
    client: 'Telltale',
    ...(link !== undefined && { client_url: link }),
    ...(address !== undefined && { links: [{ href: address, text: 'Runbook' }] }),
    payload: {
      summary: clipLine(summary, MAX_SUMMARY) || rule,
      source: clipLine(source, MAX_SOURCE) || 'unknown',
      severity,
      ...(firedAt !== undefined && { timestamp: isoTime(firedAt) }),
      ...(group !== '' && { group: clipLine(group, MAX_SOURCE) }),
      class: clipLine(rule, MAX_SOURCE),
      custom_details: {
        labels: clipLabels(labels),
        ...(description !== undefined && { description: clip(description, 4096) }),
        ...(value !== undefined && Number.isFinite(value) && { value }),
      },
    },
  };
}

function bodyOf(event: PagerDutyEvent): string {
  const body = JSON.stringify(event);
  if (Buffer.byteLength(body) <= MAX_BYTES || event.payload === undefined) return body;
  return JSON.stringify({ ...event, payload: { ...event.payload, custom_details: {} } });
}

function serviceOf({ resource }: NotifierContext): string {
  return String(resource.attributes['service.name'] ?? '');
}

function isSuccess(body: Buffer): boolean {
  try {
    return (JSON.parse(body.toString('utf8')) as { readonly status?: unknown } | null)?.status === 'success';
  } catch {
    return false;
  }
}

function checkKey(key: unknown): void {
  if (typeof key === 'string' && key.length === KEY_LENGTH && /^\w+$/.test(key)) return;
  const given =
    typeof key !== 'string'
      ? key === undefined
        ? 'is missing'
        : `is of type ${typeof key}`
      : `has ${key.length} characters`;
  throw new TelemetryError(
    'ERR_OPTION',
    `"pagerDuty.routingKey" ${given}; give the integration key of an "Events API v2" integration, ${KEY_LENGTH} letters and digits.`,
  );
}
