import { styleText } from 'node:util';
import type { MetricsSnapshot } from '@telltale/core';
import type { BackendCount } from '@telltale-internal/fleet';
import type { DeliveryProof } from './deliveries.ts';
import type { InvoiceCount } from './invoices.ts';
import type { OffersCount } from './offers-thread.ts';
import { type Reading, readingsOf, total } from './readings.ts';
import { whole } from './tables.ts';
import type { TallyReport } from './tally.ts';

export interface Evidence {
  /** Of the whole run, read when everything had ended. */
  readonly totals: MetricsSnapshot;
  readonly tally: TallyReport;
  /** Requests that came from elsewhere than the load generator. */
  readonly visits: number;
  /** Jobs left in the queues. */
  readonly unfinished: number;
  readonly proof: DeliveryProof;
  readonly backends: readonly BackendCount[];
  readonly handed: { readonly spans: number; readonly events: number };
  readonly offers: OffersCount;
  /** Spans by scope and first word of their name. */
  readonly instrumented: ReadonlyMap<string, number>;
  readonly invoices: InvoiceCount;
}

/** Whether telemetry and the load generator, which count apart from each other, agree: one line each. */
export function agreementOf(evidence: Evidence): readonly string[] {
  const { totals, tally, visits, unfinished, proof, backends, handed, offers, instrumented, invoices } = evidence;
  const read = (name: string): readonly Reading[] => readingsOf(totals, name);
  const requests = read('http.server.request.duration');
  const [shop, payments] = ['shop', 'payments'].map((name) =>
    requests.filter(({ service, attributes }) => service === name && attributes['http.route'] !== PRICES),
  );
  const counted = new Map([...Map.groupBy(shop ?? [], keyOf)].map(([key, group]) => [key, total(group)]));
  const kinds = Object.entries(tally.requests);
  const different = kinds.filter(([key, count]) => counted.get(key) !== count);
  const tenants = Object.entries(tally.tenants);
  const byTenant = new Map(
    [...Map.groupBy(shop ?? [], ({ attributes }) => attributes['tenant.id'])].map(([key, group]) => [
      key,
      total(group),
    ]),
  );
  const sockets = total(
    read('http.server.stream.duration').filter(({ attributes }) => attributes['http.response.status_code'] === 101),
  );
  const hungUp = [...counted].reduce((sum, [key, count]) => sum + (key.endsWith(' 499') ? count : 0), 0);
  const jobs = read('job.duration').filter(
    ({ service, attributes }) => service === 'shop' && attributes['job.queue'] !== undefined,
  );
  const ended = (outcome: string): number =>
    total(jobs.filter(({ attributes }) => attributes['job.outcome'] === outcome));
  const calls = total(
    read('boundary.call.duration').filter(({ attributes }) => attributes['boundary.to'] === 'payments'),
  );
  const { ordered, completed, retried, failed } = tally.jobs;
  const outcomes = [ended('completed'), ended('retried'), ended('failed')];
  const enqueued = total(read('job.enqueued').filter(({ service }) => service === 'shop'));
  const rendered = total(read('thumbnails'));
  const days = total(
    read('boundary.call.duration').filter(
      ({ service, attributes }) => service === 'shop' && attributes['boundary.to'] === 'warehouse',
    ),
  );

  return [
    line(
      total(shop ?? []) === tally.sent + visits,
      'requests ',
      `load generator sent ${whole(tally.sent)}${visits > 0 ? ` and visitors ${whole(visits)}` : ''}, telemetry counted ${whole(total(shop ?? []))}`,
    ),
    line(
      visits > 0 || different.length === 0,
      'by status',
      `${kinds.length - different.length} of ${kinds.length} kinds of request (method, route, status) are equal` +
        (visits > 0 ? [] : different.slice(0, 3))
          .map(([key, count]) => `; ${key}: sent ${count}, counted ${counted.get(key) ?? 0}`)
          .join(''),
    ),
    line(
      tenants.every(([tenant, count]) => byTenant.get(tenant) === count),
      'tenants  ',
      `load generator ${tenants.map(([tenant, count]) => `${tenant} ${count}`).join(', ')}, ` +
        `telemetry counted ${tenants.map(([tenant]) => byTenant.get(tenant) ?? 0).join(', ')}`,
    ),
    line(
      sockets === tally.sockets,
      'sockets  ',
      `load generator opened ${whole(tally.sockets)}, telemetry counted ${whole(sockets)} connections`,
    ),
    line(
      hungUp === tally.hungUp,
      'hung up  ',
      `load generator ${whole(tally.hungUp)}, telemetry counted ${whole(hungUp)}`,
    ),
    line(
      visits > 0 || (ordered === enqueued && [completed, retried, failed].every((n, i) => n === outcomes[i])),
      'jobs     ',
      `ordered ${whole(ordered)} (to complete ${completed}, retry ${retried}, fail ${failed}), ` +
        `telemetry counted ${whole(enqueued)} (${outcomes.join(', ')}); ${unfinished} left in the queues`,
    ),
    line(
      calls === total(payments ?? []) && (visits > 0 || calls === tally.calls),
      'calls    ',
      `of payments ${whole(tally.calls)}, telemetry counted ${whole(calls)} calls and ${whole(total(payments ?? []))} answers`,
    ),
    line(
      visits > 0 || (rendered === tally.thumbnails && days === tally.reportDays),
      'gathered ',
      `of ${whole(tally.thumbnails)} thumbnails threads counted ${whole(rendered)}, ` +
        `of ${whole(tally.reportDays)} days in reports a child process counted ${whole(days)}`,
    ),
    line(
      visits > 0 || Object.entries(tally.invoices).every(([tenant, count]) => invoices.written[tenant] === count),
      'function ',
      `invoices for ${Object.entries(tally.invoices)
        .map(([tenant, count]) => `${tenant} ${count}`)
        .join(', ')}; CloudWatch has in the namespace of each ` +
        `${Object.keys(tally.invoices)
          .map((tenant) => invoices.written[tenant] ?? 0)
          .join(', ')} (${invoices.invocations} invocations, ${invoices.again} messages again)`,
    ),
    contribLine(totals, offers, instrumented, visits > 0 ? undefined : tally.offers),
    ...tally.surprises.map((surprise) => line(false, 'surprise ', surprise)),
    line(
      proof.delivered === proof.recorded && proof.equalSeries === proof.series,
      'deltas   ',
      `delivered ${whole(proof.delivered)} of ${whole(proof.recorded)} operations, ${proof.equalSeries} of ${proof.series} series equal ` +
        `the totals (${proof.batches} batches, ${proof.refused} of them refused on the way)`,
    ),
    backendsLine(backends, { requests: total(requests), ...handed }),
  ];
}

/** Asked for by the service of offers, whose calls are not the shop's. */
const PRICES = '/prices/:product';

/** Whether OpenTelemetry's instrumentations have all that the service of offers did, as spans and in their metrics. */
function contribLine(
  totals: MetricsSnapshot,
  made: OffersCount,
  spans: ReadonlyMap<string, number>,
  sent: number | undefined,
): string {
  const spansOf = (what: string): number => spans.get(`@opentelemetry/instrumentation-${what}`) ?? 0;
  const measured = (name: string): number =>
    total(readingsOf(totals, name).filter(({ service }) => service === 'offers'));
  const [queries, calls, commands] = [spansOf('pg pg.query'), spansOf('undici GET'), spansOf('ioredis hincrby')];
  const [timedQueries, timedCalls] = [
    measured('db.client.operation.duration'),
    measured('http.client.request.duration'),
  ];
  const answers = total(
    readingsOf(totals, 'http.server.request.duration').filter(({ attributes }) => attributes['http.route'] === PRICES),
  );
  return line(
    [queries, timedQueries].every((count) => count === made.queries) &&
      [calls, timedCalls, answers, sent ?? calls].every((count) => count === made.calls) &&
      commands === made.commands,
    'contrib  ',
    `offers made ${whole(made.queries)} queries, ${whole(made.calls)} calls, ${whole(made.commands)} commands; ` +
      `OpenTelemetry's pg has ${whole(queries)} spans and ${whole(timedQueries)} durations, ` +
      `undici ${whole(calls)} and ${whole(timedCalls)}, ioredis ${whole(commands)} spans`,
  );
}

/** Whether every backend has all of what it takes. */
function backendsLine(
  backends: readonly BackendCount[],
  recorded: { readonly requests: number; readonly spans: number; readonly events: number },
): string {
  const kinds = (['requests', 'spans', 'events'] as const).map((kind) => {
    const taking = backends.filter((backend) => backend[kind] !== undefined);
    const text = `${taking.length} of ${kind} have ${whole(recorded[kind])}`;
    return {
      text,
      wrong: taking
        .filter((backend) => backend[kind] !== recorded[kind])
        .map(({ name, [kind]: has }) => `${name} has ${whole(has ?? 0)} ${kind}`),
    };
  });
  const wrong = [
    ...kinds.flatMap((kind) => kind.wrong),
    ...backends.flatMap(({ name, complaints }) => complaints.map((why) => `${name} refused: ${why}`)),
  ];
  return line(
    wrong.length === 0,
    'backends ',
    [`${backends.length} of them: ${kinds.map(({ text }) => text).join(', ')}`, ...wrong.slice(0, 5)].join('; '),
  );
}

function keyOf({ attributes }: Reading): string {
  return `${attributes['http.request.method']} ${attributes['http.route']} ${attributes['http.response.status_code']}`;
}

function line(holds: boolean, subject: string, text: string): string {
  return `${holds ? styleText('green', '✓') : styleText('red', '✗')} ${subject}  ${text}`;
}
