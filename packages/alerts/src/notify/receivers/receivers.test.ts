import { createHmac } from 'node:crypto';
import { TelemetryError } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../alert.ts';
import { alertmanager, logNotifier, type Notifier, pagerDuty, slack, webhook } from '../../index.ts';
import { alertOf, Stage } from '../stage.test-support.ts';
import { RECEIVERS, ROUTING_KEY, SLACK_PATH } from './receiver-rules.test-support.ts';
import { type Fault, ReceiverServer } from './receiver-server.test-support.ts';

const NASTY = [
  '<script>alert(1)</script>',
  '<!channel> <@U123> <https://evil.example|click> @here &amp; & *bold* _it_ ~no~ `code`',
  '"}],"blocks":[{',
  'one\ntwo\r\n> three\u2028four\u0000\u202e',
  '\ud800 lone, \udc00',
  '😀'.repeat(5000),
  'x'.repeat(1_000_000),
  '',
  '__proto__',
  '9 bad-name.ü',
];

const serverOf = (name: string) => ReceiverServer.open(RECEIVERS.find((receiver) => receiver.name === name)!.rules);

async function sent(notifier: Notifier, server: ReceiverServer, alert: Partial<Alert> = {}) {
  const stage = new Stage([notifier]);
  stage.answers = () => server.hanging === 0;
  stage.fire('i1', {}, { severity: 'critical', ...alert });
  await stage.pass(20);
  stage.resolve('i1');
  await stage.pass(90);
  expect(server.complaints).toEqual([]);
  return server.kept;
}

const MORE = {
  description: 'Calls of pay take long.',
  runbook: 'https://runbooks.example.com/slow?a=1&b=2',
  value: 1.5,
};

describe('what is sent', () => {
  it('to a webhook is a document of version 1, signed', async () => {
    const server = await serverOf('webhook');
    const secret = 'a secret of many letters';
    const notifier = webhook({
      url: `${server.url}/hook`,
      headers: { Authorization: 'Bearer token-of-the-hook' },
      secret,
      link: 'https://shop.example.com/telltale',
    });
    const [firing, resolved] = await sent(notifier, server, MORE);
    expect(JSON.parse(firing?.body ?? '')).toEqual({
      version: 1,
      id: expect.any(String),
      status: 'firing',
      groupKey: expect.any(String),
      groupLabels: { alertname: 'SlowCalls', service_name: 'pay' },
      source: 'shop',
      link: 'https://shop.example.com/telltale',
      alerts: [
        {
          fingerprint: 'SlowCalls-i1',
          status: 'firing',
          rule: 'SlowCalls',
          severity: 'critical',
          labels: { alertname: 'SlowCalls', severity: 'critical', service_name: 'pay', instance: 'i1' },
          summary: 'alert i1 of pay',
          description: 'Calls of pay take long.',
          runbook: 'https://runbooks.example.com/slow?a=1&b=2',
          value: 1.5,
          firedAt: '2023-11-14T22:13:20.000Z',
        },
      ],
      leftOut: 0,
      stillFiring: 0,
      repeated: false,
    });
    expect(JSON.parse(resolved?.body ?? '')).toMatchObject({ status: 'resolved', alerts: [{ status: 'resolved' }] });
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(firing?.headers['telltale-signature'])) ?? [];
    expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${firing?.body}`).digest('hex'));
    expect(firing?.headers).toMatchObject({
      authorization: 'Bearer token-of-the-hook',
      'user-agent': 'telltale-alerts',
    });
  });

  it('to Slack are blocks, with links of ours only', async () => {
    const server = await serverOf('slack');
    const url = `${server.url}${SLACK_PATH}`;
    const [firing, resolved] = await sent(slack({ url, link: 'https://shop.example.com/telltale' }), server, MORE);
    expect(JSON.parse(firing?.body ?? '')).toEqual({
      text: '🔴 Firing: SlowCalls · pay: alert i1 of pay',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 Firing: SlowCalls · pay', emoji: false } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            verbatim: true,
            text: [
              '🔴 *critical* alert i1 of pay',
              'Calls of pay take long.',
              '<https://runbooks.example.com/slow?a=1&amp;b=2|runbook>',
              'alertname: SlowCalls',
              'service_name: pay',
              'instance: i1',
            ].join('\n'),
          },
        },
        {
          type: 'context',
          elements: [
            { type: 'mrkdwn', verbatim: true, text: 'told by shop · <https://shop.example.com/telltale|more>' },
          ],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
      link_names: false,
    });
    expect(JSON.parse(resolved?.body ?? '').text).toBe('✅ Resolved: SlowCalls · pay: alert i1 of pay');
  });

  it('to PagerDuty is an event per alert, and its end', async () => {
    const server = await serverOf('pagerDuty');
    const url = `${server.url}/v2/enqueue`;
    const link = 'https://shop.example.com/telltale';
    const requests = await sent(pagerDuty({ url, routingKey: ROUTING_KEY, link }), server, MORE);
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
      {
        routing_key: ROUTING_KEY,
        event_action: 'trigger',
        dedup_key: 'SlowCalls-i1',
        client: 'Telltale',
        client_url: 'https://shop.example.com/telltale',
        links: [{ href: 'https://runbooks.example.com/slow?a=1&b=2', text: 'Runbook' }],
        payload: {
          summary: 'alert i1 of pay',
          source: 'pay',
          severity: 'critical',
          timestamp: '2023-11-14T22:13:20.000Z',
          group: 'SlowCalls pay',
          class: 'SlowCalls',
          custom_details: {
            labels: { alertname: 'SlowCalls', severity: 'critical', service_name: 'pay', instance: 'i1' },
            description: 'Calls of pay take long.',
            value: 1.5,
          },
        },
      },
      { routing_key: ROUTING_KEY, event_action: 'resolve', dedup_key: 'SlowCalls-i1' },
    ]);
  });

  it('to Alertmanager is what it takes of Prometheus, again each minute, with an end in four', async () => {
    const server = await serverOf('alertmanager');
    const link = 'https://shop.example.com/telltale';
    const requests = await sent(alertmanager({ url: `${server.url}/`, link }), server, MORE);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual([
      {
        labels: { alertname: 'SlowCalls', severity: 'critical', service_name: 'pay', instance: 'i1' },
        annotations: {
          summary: 'alert i1 of pay',
          description: 'Calls of pay take long.',
          runbook_url: 'https://runbooks.example.com/slow?a=1&b=2',
          value: '1.5',
        },
        startsAt: '2023-11-14T22:13:20.000Z',
        endsAt: expect.stringMatching(/^2023-11-14T22:17:2/),
        generatorURL: 'https://shop.example.com/telltale',
      },
    ]);
    expect(JSON.parse(requests.at(-1)?.body ?? '')).toMatchObject([{ endsAt: '2023-11-14T22:13:40.000Z' }]);
  });

  it('to the log is a line of JSON per notification', async () => {
    const lines: string[] = [];
    const stage = new Stage([logNotifier((line, { status }) => void lines.push(`${status} ${line}`))]);
    stage.fire('i1', {}, { summary: 'two\nlines' });
    await stage.pass(20);
    stage.resolve('i1');
    await stage.pass(90);
    expect(lines).toEqual([
      expect.stringMatching(/^firing \{"version":1,.*"two\\nlines".*\}$/),
      expect.stringMatching(/^resolved \{"version":1,/),
    ]);
  });
});

describe.each(RECEIVERS)('hostile input to $name', ({ rules, create, told }) => {
  it('is text within its limits, whatever it holds', async () => {
    const server = await ReceiverServer.open(rules);
    const stage = new Stage([create(server.url)], { groupBy: ['alertname'] });
    server.now = () => stage.clock.now();
    for (const [i, text] of NASTY.entries()) {
      const labels = Object.fromEntries([
        [text, text],
        ...Array.from({ length: 200 }, (_, j) => [`l${j}`, text.slice(0, 2000)]),
      ]);
      const more = {
        summary: `alert n${i} ${text}`,
        description: text,
        runbook: `javascript:${text.slice(0, 100)}`,
        value: Number.NaN,
      };
      stage.fire(
        `n${i}`,
        { ...labels, service_name: text, alertname: `A${text.slice(0, 5000)}` },
        { ...more, fingerprint: `f-n${i}` },
      );
    }
    for (let i = 0; i < 300; i++) stage.fire(`many${i}`, { alertname: 'Many' });
    await stage.pass(400);
    expect(server.complaints).toEqual([]);
    expect(stage.problems).toEqual([]);
    const names = server.kept.flatMap((request) => told(request)).join();
    expect(names).toContain('many7');
    for (const { body } of server.kept) expect(body.length).toBeLessThan(6_000_000);
  });
});

const SLACK_SECRETS = [SLACK_PATH, 'abcdefghijklmnopqrstuvwx', 'T0000000'];
const IN_QUERY = 'key-in-the-query';
const PASSWORD = 'password-of-the-user';
const TOKEN = 'token-of-the-hook';
const SECRET = 'a secret of many letters';
const withPassword = (url: string): string => url.replace('//', `//user:${PASSWORD}@`);

describe('secrets', () => {
  it.each<readonly [string, readonly string[], (url: string) => Notifier]>([
    ['slack', SLACK_SECRETS, (url) => slack({ url: url + SLACK_PATH })],
    [
      'pagerDuty',
      [IN_QUERY, ROUTING_KEY],
      (url) => pagerDuty({ url: `${url}/v2/enqueue?key=${IN_QUERY}`, routingKey: ROUTING_KEY }),
    ],
    [
      'webhook',
      [...SLACK_SECRETS, IN_QUERY, PASSWORD, TOKEN, SECRET],
      (url) => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        return webhook({ url: `${withPassword(url)}${SLACK_PATH}?key=${IN_QUERY}`, headers, secret: SECRET });
      },
    ],
    ['alertmanager', [...SLACK_SECRETS, PASSWORD], (url) => alertmanager({ url: withPassword(url) + SLACK_PATH })],
  ])('of %s are in no error and not in health, though the receiver repeats them', async (_, secrets, make) => {
    const faults: readonly Fault[] = [
      { kind: 'status', status: 404, body: `no such path: ${secrets.join(', ')}` },
      { kind: 'status', status: 400, body: secrets.join() },
      { kind: 'take' },
      { kind: 'reset' },
    ];
    const server = await ReceiverServer.open({ check: () => {}, success: { status: 200 } });
    const stage = new Stage([make(server.url)]);
    let shown = '';
    for (const [i, fault] of faults.entries()) {
      server.faults.push(fault, fault);
      stage.fire(`i${i}`, { service_name: `s${i}` });
      await stage.pass(60);
      shown += JSON.stringify(stage.telemetry.health());
    }
    await server.down();
    stage.fire('down', { service_name: 'down' });
    await stage.pass(120);
    shown += JSON.stringify(stage.telemetry.health()) + stage.problems.map(({ message }) => message).join();
    expect(shown).toMatch(/http:\/\/127\.0\.0\.1:\d+\/… answered 404 \(no such path/);
    expect(shown).toMatch(/http:\/\/127\.0\.0\.1:\d+\/… could not be reached/);
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
});

describe('wrong credentials and addresses', () => {
  it('are told once with what to check, and what fires is told when they are mended', async () => {
    const server = await serverOf('slack');
    const stage = new Stage([slack({ url: server.url + SLACK_PATH })]);
    server.faults.push(...new Array<Fault>(8).fill({ kind: 'status', status: 403, body: 'invalid_token' }));
    stage.fire('i1');
    await stage.pass(60);
    expect(stage.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/answered 403 \(invalid_token\); check `url`, the incoming webhook/),
    ]);
    expect(stage.health('slack').status).toBe('failing');
    await stage.pass(400);
    expect(server.kept).toHaveLength(1);
  });

  it('a key that PagerDuty does not know keeps the alert', async () => {
    const server = await serverOf('pagerDuty');
    const stage = new Stage([pagerDuty({ url: `${server.url}/v2/enqueue`, routingKey: ROUTING_KEY })]);
    const body = '{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}';
    server.faults.push({ kind: 'status', status: 400, body });
    stage.fire('i1');
    await stage.pass(60);
    expect(server.kept).toHaveLength(1);
    expect(stage.health('pagerDuty')).toMatchObject({ accepted: 1, rejected: 0 });
  });

  it('a page of HTML is no success', async () => {
    for (const [name, make] of [
      ['slack', (url: string) => slack({ url: url + SLACK_PATH })],
      ['pagerDuty', (url: string) => pagerDuty({ url: `${url}/v2/enqueue`, routingKey: ROUTING_KEY })],
      ['alertmanager', (url: string) => alertmanager({ url })],
    ] as const) {
      const server = await serverOf(name);
      const stage = new Stage([make(server.url)]);
      server.faults.push({ kind: 'status', status: 200, body: '<html>log in</html>' });
      stage.fire('i1');
      await stage.pass(50);
      expect(server.kept.length).toBe(1);
      expect(stage.problems[0]?.message).toMatch(/answered 200, but not .*does a proxy answer in its place/);
    }
  });

  it('one Alertmanager of a cluster is enough, and the other is told of', async () => {
    const up = await serverOf('alertmanager');
    const dead = await serverOf('alertmanager');
    const urls = [dead.url, up.url];
    await dead.down();
    const stage = new Stage([alertmanager({ url: urls })]);
    stage.fire('i1');
    await stage.pass(50);
    expect(up.kept).toHaveLength(1);
    expect(stage.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/one of 2 Alertmanagers, does not take alerts: .*ECONNREFUSED/),
    ]);
    await dead.up();
    await stage.pass(60);
    expect(dead.kept.length).toBeGreaterThan(0);
  });
});

describe('options that cannot be', () => {
  it.each<[() => Notifier, RegExp]>([
    [() => slack({} as never), /"slack.url" is missing; give the address of an incoming webhook/],
    [() => slack({ url: '' }), /"slack.url" is empty/],
    [
      () => slack({ url: 'hooks.slack.com/secret-secret' }),
      /^"slack.url" is no URL; give the address of an incoming webhook, such as https:\/\/….$/,
    ],
    [
      () => slack({ url: 'http://hooks.slack.com/services/x' }),
      /"slack.url" begins with http:\/\/, so everyone on the way could read the credential; use https:\/\//,
    ],
    [() => slack({ url: 'ftp://example.com/' }), /begins with ftp:\/\//],
    [() => slack({ url: 'https://example.com/', chanel: 'x' } as never), /Unknown option "slack.chanel"/],
    [() => slack({ url: 'https://example.com/', repeatEvery: -1 }), /"slack.repeatEvery" is -1/],
    [
      () => slack({ url: 'https://example.com/', whenUnknown: 'twice' as never }),
      /"slack.whenUnknown" is "twice"; give 'again' or 'give-up'/,
    ],
    [
      () => slack({ url: 'https://example.com/', link: 'javascript:alert(1)' }),
      /"slack.link" is "javascript:alert\(1\)"/,
    ],
    [
      () => webhook({ url: 'https://example.com/', secret: 'short' }),
      /"webhook.secret" has 5 characters; give a string of 16 or more/,
    ],
    [() => webhook({ url: 'https://example.com/', headers: { 'x-a': 'line\nbreak' } }), /"webhook.headers" has "x-a"/],
    [() => webhook({ url: 'https://example.com/', name: 'a b' }), /"webhook.name" is "a b"/],
    [() => pagerDuty({} as never), /"pagerDuty.routingKey" is missing; give the integration key/],
    [
      () => pagerDuty({ routingKey: 'secret-secret' }),
      /^"pagerDuty.routingKey" has 13 characters; give the integration key of an "Events API v2" integration, 32 letters and digits.$/,
    ],
    [() => alertmanager({ url: [] }), /"alertmanager.url" has 0 addresses; give 1 to 10/],
    [() => alertmanager({ url: ['http://a:9093', 'a:b:c'] }), /"alertmanager.url\[1\]"/],
    [() => logNotifier('stderr' as never), /logNotifier\(\) was given a value of type string; give a function/],
    [() => webhook(undefined as never), /webhook\(\) takes an object of options/],
  ])('are refused with the mend: %s', (make, message) => {
    expect(make).toThrow(TelemetryError);
    expect(make).toThrow(message);
  });

  it('an address within this machine may be without TLS', () => {
    for (const host of ['localhost:1', '127.0.0.1:1', '[::1]:1'])
      expect(slack({ url: `http://${host}/x` }).name).toBe('slack');
  });
});

it('an alert that is over and fires again is one of both to Alertmanager, and both to PagerDuty in that order', async () => {
  for (const name of ['alertmanager', 'pagerDuty'] as const) {
    const server = await serverOf(name);
    const receiver = RECEIVERS.find((one) => one.name === name)!;
    const { stage } = { stage: new Stage([receiver.create(server.url)]) };
    server.now = () => stage.clock.now();
    const first = alertOf('i1', {}, { firedAt: stage.clock.now() });
    stage.notifications.update([first]);
    await stage.clock.advance(12);
    await stage.idle();
    stage.notifications.update([{ ...first, firedAt: stage.clock.now() }]);
    await stage.clock.advance(50);
    await stage.idle();
    await stage.clock.advance(30);
    await stage.idle();
    const told = server.kept.flatMap((request) => receiver.told(request));
    expect(told.slice(0, 3)).toEqual(
      name === 'pagerDuty'
        ? ['firing i1', 'resolved i1', 'firing i1']
        : ['firing i1', 'firing i1', 'firing i1'].slice(0, told.length),
    );
    expect(server.complaints).toEqual([]);
  }
});
