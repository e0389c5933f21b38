import { ExportError, messageOf, TelemetryError } from '@telltale/core';
import type { Alert } from '../../alert.ts';
import type { Notifier, NotifierContext } from '../../notifier.ts';
import { checkNotifierOptions, type NotifierOptions, notifierOf } from '../check-notifiers.ts';
import { clip } from '../clip.ts';
import { checkHeaders, ReceiverHttp } from './receiver-http.ts';
import { linkOf, receiverUrl, webAddress } from './receiver-url.ts';
import { isoTime } from './webhook.ts';

const PATH = '/api/v2/alerts';
/** Alerts in a request, as Prometheus sends them. */
const MAX_ALERTS = 256;
const MAX_LABEL = 1024;
const MAX_LABELS = 64;
const MAX_ANNOTATION = 4096;
/** Seconds: as often as Prometheus does. */
const REPEAT_EVERY = 60;
/** An alert that was not repeated so many times is over, as Prometheus has it: whoever told it is gone. */
const MISSED = 4;
const MAX_URLS = 10;

export interface AlertmanagerOptions extends NotifierOptions {
  /** Its address, with its prefix if it has one: `http://alertmanager:9093`. All members of a cluster, as they tell each other of messages, not of alerts. */
  readonly url: string | readonly string[];
  /** Added to each request: `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A page that shows more, the alerts' `generatorURL`: the dashboard's. */
  readonly link?: string;
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string;
}

/** An alert as `POST /api/v2/alerts` takes it. */
interface AlertmanagerPost {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/**
 * Hands alerts to Prometheus' Alertmanager, which groups, silences and tells them by its own rules: at once, and again every minute while they fire (`repeatEvery`).
 * What is not repeated for four times as long is over for it. Throws `ERR_OPTION` for options that cannot be.
 */
export function alertmanager(options: AlertmanagerOptions): Notifier {
  checkNotifierOptions('alertmanager', options, ['url', 'headers', 'link', 'ca']);
  const urls = urlsOf(options.url);
  checkHeaders('alertmanager.headers', options.headers);
  const { headers = {}, ca, repeatEvery = REPEAT_EVERY } = options;
  const link = linkOf('alertmanager.link', options.link);
  const http = new ReceiverHttp({ urls, headers, ca });

  async function post(url: URL, body: string, context: NotifierContext): Promise<void> {
    const answer = await http.post(url, body, context, { credentials: 'check `headers`' });
    if (answer.body.toString('utf8', 0, 200).trimStart().startsWith('<'))
      throw http.notTheReceiver(answer, 'an Alertmanager');
  }

  /** One that has them is enough: the others get them with the next repetition. */
  async function postToAll(body: string, context: NotifierContext): Promise<void> {
    const results = await Promise.allSettled(urls.map((url) => post(url, body, context)));
    const failures = results.flatMap((result, i) =>
      result.status === 'rejected' ? [{ reason: result.reason, url: urls[i] as URL }] : [],
    );
    if (failures.length < urls.length) {
      for (const { reason, url } of failures) {
        context.problem(
          url.host,
          () => `${url.host}, one of ${urls.length} Alertmanagers, does not take alerts: ${messageOf(reason)}`,
        );
      }
      return;
    }
    throw worstOf(failures.map(({ reason }) => reason));
  }

  return notifierOf(
    'alertmanager',
    { ...options, repeatEvery },
    {
      name: 'alertmanager',
      idempotent: true,
      immediate: true,
      async send({ alerts }, context) {
        // Of an alert that is over and fires again, it takes one or the other, as both have the same labels.
        const firing = new Set(alerts.filter(({ state }) => state === 'firing').map(({ fingerprint }) => fingerprint));
        const replaced = alerts.filter(({ state, fingerprint }) => state !== 'firing' && firing.has(fingerprint));
        const left = alerts.filter((alert) => !replaced.includes(alert));
        const expiry = context.time + MISSED * repeatEvery;
        for (let i = 0; i < left.length; i += MAX_ALERTS) {
          const some = left.slice(i, i + MAX_ALERTS);
          await postToAll(JSON.stringify(some.map((alert) => alertmanagerPost(alert, expiry, link))), context);
          context.told(some);
        }
        context.told(replaced);
      },
      close: () => http.close(),
    },
  );
}

/** `expiry`: seconds since the Unix epoch at which a firing alert is over unless it is told again. */
function alertmanagerPost(alert: Alert, expiry: number, link?: string): AlertmanagerPost {
  const { labels, summary, description, runbook, value, since, firedAt = since, resolvedAt, state } = alert;
  const address = webAddress(runbook);
  const texts: Record<string, string | undefined> = {
    summary,
    description,
    runbook_url: address,
    value: value === undefined ? undefined : String(value),
  };
  const annotations = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [[name, clip(text, MAX_ANNOTATION)] as const],
  );
  return {
    labels: labelsOf(labels),
    annotations: Object.fromEntries(annotations),
    startsAt: isoTime(firedAt),
    // An end before the start is refused.
    endsAt: isoTime(Math.max(firedAt, state === 'firing' ? expiry : (resolvedAt ?? expiry))),
    ...(link !== undefined && { generatorURL: link }),
  };
}

/** Names as Prometheus has them; what becomes the same is told apart by underscores. Empty values are missing there. */
function labelsOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const made: [string, string][] = [];
  const taken = new Set(Object.keys(labels));
  for (const [name, value] of Object.entries(labels).slice(0, MAX_LABELS)) {
    if (value === '') continue;
    let valid = name
      .slice(0, MAX_LABEL)
      .replaceAll(/[^a-zA-Z0-9_]/g, '_')
      .replace(/^(?=\d|$)/, '_');
    while (valid !== name && taken.has(valid)) valid += '_';
    taken.add(valid);
    made.push([valid, clip(value, MAX_LABEL)]);
  }
  return Object.fromEntries(made);
}

/** What all of them failed with, as one: whether one of them has it is not known if it is not of any; tried again if any may be. */
function worstOf(reasons: readonly unknown[]): unknown {
  const errors = reasons.filter((reason) => reason instanceof ExportError);
  return (
    errors.find(({ outcomeUnknown }) => outcomeUnknown) ??
    errors.find(({ retryable }) => retryable) ??
    reasons.find((reason) => !errors.includes(reason as ExportError)) ??
    reasons[0]
  );
}

function urlsOf(given: AlertmanagerOptions['url']): readonly URL[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > MAX_URLS) {
    throw new TelemetryError('ERR_OPTION', `"alertmanager.url" has ${list.length} addresses; give 1 to ${MAX_URLS}.`);
  }
  return list.map((one, i) => {
    const path = list.length === 1 ? 'alertmanager.url' : `alertmanager.url[${i}]`;
    const url = receiverUrl(path, one, { what: 'the address of an Alertmanager', secret: false });
    if (!url.pathname.endsWith(PATH)) url.pathname = `${url.pathname.replace(/\/+$/, '')}${PATH}`;
    return url;
  });
}
