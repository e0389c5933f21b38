import { describe, expect, it } from 'vitest';
import { Stage } from '../stage.test-support.ts';
import { RECEIVERS, type ReceiverUnderTest } from './receiver-rules.test-support.ts';
import { type Fault, ReceiverServer } from './receiver-server.test-support.ts';

const status = (code: number, headers: Readonly<Record<string, string>> = {}, body?: string): Fault => ({
  kind: 'status',
  status: code,
  headers,
  ...(body !== undefined && { body }),
});

/** Of each fault: whether the receiver has it all the same, and whether the sender can know. */
const FAULTS: Readonly<
  Record<string, { readonly fault: Fault; readonly outcome: 'not' | 'refused' | 'lost' | 'kept' }>
> = {
  '401': { fault: status(401), outcome: 'not' },
  '403': { fault: status(403), outcome: 'not' },
  '404': { fault: status(404), outcome: 'not' },
  '408': { fault: status(408), outcome: 'not' },
  '410': { fault: status(410), outcome: 'not' },
  '429 with Retry-After': { fault: status(429, { 'retry-after': '20' }), outcome: 'not' },
  '500': { fault: status(500), outcome: 'not' },
  '503': { fault: status(503), outcome: 'not' },
  redirect: { fault: status(302, { location: 'https://login.example.com/' }), outcome: 'not' },
  '400': { fault: status(400), outcome: 'refused' },
  '413': { fault: status(413), outcome: 'refused' },
  lose: { fault: { kind: 'lose' }, outcome: 'lost' },
  reset: { fault: { kind: 'reset' }, outcome: 'lost' },
  stall: { fault: { kind: 'stall' }, outcome: 'lost' },
  take: { fault: { kind: 'take' }, outcome: 'kept' },
  drip: { fault: { kind: 'drip' }, outcome: 'kept' },
};

interface Run {
  readonly stage: Stage;
  readonly server: ReceiverServer;
  /** How often the receiver was told each thing. */
  counts(): Readonly<Record<string, number>>;
}

async function run(receiver: ReceiverUnderTest): Promise<Run> {
  const server = await ReceiverServer.open(receiver.rules);
  const stage = new Stage([receiver.create(server.url)]);
  stage.answers = () => server.hanging === 0;
  server.now = () => stage.clock.now();
  return {
    stage,
    server,
    counts: () => {
      const counts: Record<string, number> = {};
      for (const request of server.kept) {
        for (const one of receiver.told(request)) counts[one] = (counts[one] ?? 0) + 1;
      }
      return counts;
    },
  };
}

describe.each(RECEIVERS)('$name', (receiver) => {
  const { name, idempotent, repeats } = receiver;

  it.each(Object.keys(FAULTS))('tells what fires and what is over once in spite of: %s', async (which) => {
    const { fault, outcome } = FAULTS[which] as (typeof FAULTS)[string];
    const { stage, server, counts } = await run(receiver);
    server.faults.push(fault);
    stage.fire('i1');
    await stage.pass(50);
    const refused = outcome === 'refused';
    const lost = outcome === 'lost' && !idempotent;
    const copies = outcome === 'kept' && idempotent ? 2 : 1;
    expect(counts()).toEqual(refused || lost ? {} : { 'firing i1': copies });
    const unsure = outcome === 'lost' || outcome === 'kept';
    const told = repeats ? {} : { accepted: refused || (unsure && !idempotent) ? 0 : 1 };
    expect(stage.health(name)).toMatchObject({ ...told, unknown: unsure ? 1 : 0, rejected: refused ? 1 : 0 });

    await stage.pass(100);
    const firing = counts()['firing i1'];
    server.faults.push(fault);
    stage.resolve('i1');
    await stage.pass(150);
    // Nothing is told as over that was refused.
    if (refused) expect(counts()).toEqual({});
    else {
      const over = lost ? {} : { 'resolved i1': copies };
      expect(counts()).toEqual({
        ...(firing !== undefined && { 'firing i1': repeats ? expect.any(Number) : copies }),
        ...over,
      });
    }
    expect(server.complaints).toEqual([]);
    const before = server.requests;
    await stage.pass(600);
    expect(server.requests).toBe(before);
  });

  it('tells what changed in an outage, over a restart of the receiver, once', async () => {
    const { stage, server, counts } = await run(receiver);
    stage.fire('before');
    stage.fire('over');
    await stage.pass(30);
    await server.down();
    stage.fire('during', { service_name: 'mail' });
    stage.fire('short', { service_name: 'mail' });
    await stage.pass(120);
    stage.resolve('over');
    stage.resolve('short');
    await stage.pass(600);
    expect(stage.health(name)).toMatchObject({ status: 'failing', circuit: 'open' });
    await server.up();
    await stage.pass(400);
    const told = counts();
    expect(Object.keys(told).sort()).toEqual(['firing before', 'firing during', 'firing over', 'resolved over']);
    if (!repeats) expect(Object.values(told)).toEqual([1, 1, 1, 1]);
    expect(told['resolved over']).toBe(1);
    expect(stage.health(name)).toMatchObject({ status: 'ok', circuit: 'closed', unknown: 0, rejected: 0 });
    // One warning for the outage, one for its end.
    expect(stage.problems).toHaveLength(2);
  });

  it('tells many groups once each while every other request fails', async () => {
    const { stage, server, counts } = await run(receiver);
    const kinds = [status(500), status(429, { 'retry-after': '1' }), { kind: 'take' }, status(503)] as const;
    const faults = [...kinds, ...kinds, ...kinds].flatMap<Fault | undefined>((kind) => [kind, undefined]);
    for (let i = 0; i < 20; i++) stage.fire(`i${i}`, { service_name: `s${i % 7}` });
    server.faults.push(...faults);
    await stage.pass(400);
    for (let i = 0; i < 20; i++) stage.resolve(`i${i}`);
    server.faults.splice(0, Infinity, ...faults);
    await stage.pass(600);

    const told = counts();
    const { unknown, accepted, rejected } = stage.health(name);
    expect(Object.keys(told)).toHaveLength(40);
    expect(rejected).toBe(0);
    // More than once is there only what may be there without an answer, and where that does no harm.
    const copies = Object.values(told).reduce((sum, count) => sum + count - 1, 0);
    if (name === 'pagerDuty') expect(copies).toBe(unknown);
    else if (!repeats) expect({ copies, settled: unknown + accepted }).toEqual({ copies: 0, settled: 14 });
    expect(unknown).toBe(server.unanswered);
    expect(unknown).toBeGreaterThanOrEqual(2);
    expect(server.complaints).toEqual([]);
  });
});
