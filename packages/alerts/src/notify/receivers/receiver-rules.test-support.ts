import { alertmanager, pagerDuty, slack, webhook } from '../../index.ts';
import type { Notifier } from '../../notifier.ts';
import type { ReceivedRequest, ReceiverRules } from './receiver-server.test-support.ts';

/** What a receiver was told, in its own words: `firing i1`, `resolved i1`. */
export interface ReceiverUnderTest {
  readonly name: string;
  readonly rules: ReceiverRules;
  /** Whether it knows copies for what they are. */
  readonly idempotent: boolean;
  /** Whether it is told again what still fires. */
  readonly repeats: boolean;
  create(url: string): Notifier;
  told(request: ReceivedRequest): readonly string[];
}

export const ROUTING_KEY = 'R0123456789ABCDEFGHIJKLMNOPQRSTU';
export const SLACK_PATH = '/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx';

type Json = Record<string, unknown>;

export const RECEIVERS: readonly ReceiverUnderTest[] = [
  {
    name: 'webhook',
    rules: { check: checkWebhook, success: { status: 204 } },
    idempotent: false,
    repeats: false,
    create: (url) => webhook({ url: `${url}/hook` }),
    told: ({ body }) =>
      (JSON.parse(body) as { alerts: { status: string; labels: Record<string, string> }[] }).alerts.map(
        ({ status, labels }) => `${status} ${labels.instance}`,
      ),
  },
  {
    name: 'slack',
    rules: { check: checkSlack, success: { status: 200, body: 'ok' } },
    idempotent: false,
    repeats: false,
    create: (url) => slack({ url: `${url}${SLACK_PATH}` }),
    told: ({ body }) =>
      (JSON.parse(body) as { blocks: { type: string; text: { text: string } }[] }).blocks
        .filter(({ type }) => type === 'section')
        .map(
          ({ text }) =>
            `${text.text.includes('*resolved*') ? 'resolved' : 'firing'} ${/alert (\w+)/.exec(text.text)?.[1]}`,
        ),
  },
  {
    name: 'pagerDuty',
    rules: {
      check: checkPagerDuty,
      success: { status: 202, body: '{"status":"success","message":"Event processed"}' },
    },
    idempotent: true,
    repeats: false,
    create: (url) => pagerDuty({ url: `${url}/v2/enqueue`, routingKey: ROUTING_KEY }),
    told: ({ body }) => {
      const { event_action, dedup_key } = JSON.parse(body) as { event_action: string; dedup_key: string };
      return [`${event_action === 'trigger' ? 'firing' : 'resolved'} ${dedup_key.split('-')[1]}`];
    },
  },
  {
    name: 'alertmanager',
    rules: { check: checkAlertmanager, success: { status: 200 } },
    idempotent: true,
    repeats: true,
    create: (url) => alertmanager({ url }),
    told: ({ body, time }) =>
      (JSON.parse(body) as { labels: Record<string, string>; endsAt: string }[]).map(
        ({ labels, endsAt }) => `${Date.parse(endsAt) / 1000 > time ? 'firing' : 'resolved'} ${labels.instance}`,
      ),
  },
];

/** The schema that README states. */
function checkWebhook({ body, headers, path }: ReceivedRequest): void {
  is(path === '/hook', 'path');
  is(headers['content-type'] === 'application/json', 'content-type');
  const message = JSON.parse(body) as Json;
  keys(
    message,
    ['version', 'id', 'status', 'groupKey', 'groupLabels', 'source', 'alerts', 'leftOut', 'stillFiring', 'repeated'],
    ['link'],
  );
  is(message.version === 1, 'version');
  is(/^[0-9a-f]{32}$/.test(String(message.id)) && /^[0-9a-f]{32}$/.test(String(message.groupKey)), 'id, groupKey');
  is(message.status === 'firing' || message.status === 'resolved', 'status');
  is(
    typeof message.leftOut === 'number' &&
      typeof message.stillFiring === 'number' &&
      typeof message.repeated === 'boolean',
    'counts',
  );
  texts(message.groupLabels, 1024);
  const alerts = message.alerts as Json[];
  is(Array.isArray(alerts) && alerts.length > 0 && alerts.length <= 100, 'alerts');
  is((message.status === 'firing') === alerts.some(({ status }) => status === 'firing'), 'status of alerts');
  for (const alert of alerts) {
    keys(
      alert,
      ['fingerprint', 'status', 'rule', 'severity', 'labels', 'summary'],
      ['description', 'runbook', 'value', 'firedAt', 'resolvedAt'],
    );
    is(['critical', 'error', 'warning', 'info'].includes(String(alert.severity)), 'severity');
    texts(alert.labels, 1024);
    is(typeof alert.summary === 'string' && alert.summary.length <= 4096, 'summary');
    time(alert.firedAt);
    if (alert.status === 'resolved') time(alert.resolvedAt);
  }
}

/** docs.slack.dev: "Blocks", "Text object", "Formatting message text". */
function checkSlack({ body, path, headers }: ReceivedRequest): void {
  is(path === SLACK_PATH, 'no_service');
  is(headers['content-type'] === 'application/json', 'content-type');
  const message = JSON.parse(body) as Json;
  keys(message, ['text', 'blocks', 'unfurl_links', 'unfurl_media', 'link_names']);
  is(length(message.text) > 0 && length(message.text) <= 40_000, 'text');
  safeMarkdown(String(message.text));
  const blocks = message.blocks as Json[];
  is(blocks.length > 0 && blocks.length <= 50, 'blocks');
  for (const block of blocks) {
    switch (block.type) {
      case 'header': {
        keys(block, ['type', 'text']);
        const text = block.text as Json;
        keys(text, ['type', 'text', 'emoji']);
        is(text.type === 'plain_text' && length(text.text) >= 1 && length(text.text) <= 150, 'header');
        break;
      }
      case 'section':
        keys(block, ['type', 'text']);
        mrkdwn(block.text as Json, 3000);
        break;
      case 'context': {
        keys(block, ['type', 'elements']);
        const elements = block.elements as Json[];
        is(elements.length >= 1 && elements.length <= 10, 'elements');
        for (const element of elements) mrkdwn(element, 3000);
        break;
      }
      default:
        throw new Error(`invalid_blocks: ${String(block.type)}`);
    }
  }
}

/** developer.pagerduty.com: "Send an Alert Event". */
function checkPagerDuty({ body, path }: ReceivedRequest): void {
  is(path === '/v2/enqueue', 'path');
  is(Buffer.byteLength(body) <= 512 * 1024, 'size');
  const event = JSON.parse(body) as Json;
  is(event.routing_key === ROUTING_KEY, 'routing_key');
  is(length(event.dedup_key) >= 1 && length(event.dedup_key) <= 255, 'dedup_key');
  if (event.event_action === 'resolve') {
    keys(event, ['routing_key', 'event_action', 'dedup_key']);
    return;
  }
  is(event.event_action === 'trigger', 'event_action');
  keys(event, ['routing_key', 'event_action', 'dedup_key', 'payload', 'client'], ['client_url', 'links']);
  for (const link of (event.links ?? []) as Json[]) keys(link, ['href', 'text']);
  const payload = event.payload as Json;
  keys(payload, ['summary', 'source', 'severity', 'class', 'custom_details'], ['timestamp', 'group', 'component']);
  is(length(payload.summary) >= 1 && length(payload.summary) <= 1024, 'summary');
  is(length(payload.source) >= 1 && length(payload.source) <= 255, 'source');
  is(['critical', 'error', 'warning', 'info'].includes(String(payload.severity)), 'severity');
  if (payload.timestamp !== undefined) time(payload.timestamp);
}

/** `api/v2/openapi.yaml` of Alertmanager: `postableAlerts`; and what it validates of labels. */
function checkAlertmanager({ body, path }: ReceivedRequest): void {
  is(path === '/api/v2/alerts', 'path');
  const alerts = JSON.parse(body) as Json[];
  is(Array.isArray(alerts), 'no array');
  for (const alert of alerts) {
    keys(alert, ['labels', 'annotations', 'startsAt', 'endsAt'], ['generatorURL']);
    const names = [...Object.keys(alert.labels as Json), ...Object.keys(alert.annotations as Json)];
    is(Object.keys(alert.labels as Json).length > 0, 'at least one label pair required');
    for (const name of names) is(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name), `bad name ${name}`);
    texts(alert.labels, 1024);
    texts(alert.annotations, 4096);
    time(alert.startsAt);
    time(alert.endsAt);
    is(String(alert.startsAt) <= String(alert.endsAt), 'start time must be before end time');
  }
}

function mrkdwn(text: Json, max: number): void {
  keys(text, ['type', 'text', 'verbatim']);
  is(text.type === 'mrkdwn' && text.verbatim === true && length(text.text) >= 1 && length(text.text) <= max, 'mrkdwn');
  safeMarkdown(String(text.text));
}

/** Nothing in it but escaped text and links to pages. */
function safeMarkdown(text: string): void {
  const rest = text.replaceAll(/<https?:\/\/[^<>|\s]+\|(more|runbook)>/g, '');
  is(!/[<>]/.test(rest), `unescaped: ${rest}`);
  is(!/&(?!amp;|lt;|gt;)/.test(text), `an entity that is none: ${text}`);
  is(text.isWellFormed(), 'no UTF-8');
}

function keys(value: Json, needed: readonly string[], possible: readonly string[] = []): void {
  is(typeof value === 'object' && value !== null, 'no object');
  const there = Object.keys(value);
  for (const key of needed) is(there.includes(key), `${key} is missing`);
  for (const key of there) is(needed.includes(key) || possible.includes(key), `${key} is not known`);
}

function texts(value: unknown, max: number): void {
  for (const [key, text] of Object.entries(value as Json)) {
    is(typeof text === 'string' && text.length <= max && text.isWellFormed() && key.isWellFormed(), `text ${key}`);
  }
}

function time(value: unknown): void {
  is(typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value), `time ${String(value)}`);
}

function length(value: unknown): number {
  return typeof value === 'string' ? value.length : -1;
}

function is(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
