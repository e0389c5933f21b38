import { describe, expect, it } from 'vitest';
import { memoryNotifier, Stage } from './notify/stage.test-support.ts';
import { type Silence, Silences } from './silences.ts';

describe('a silence', () => {
  it('keeps what it matches from being told, and what still fires when it ends is told then', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.silences.add({
      match: { alertname: 'SlowCalls', service_name: 'pay*' },
      seconds: 300,
      comment: 'deployment',
    });
    stage.fire('a', { service_name: 'payments' });
    stage.fire('b', { service_name: 'mail' });
    stage.fire('c', { service_name: 'payments', alertname: 'HighCpu' });
    await stage.pass(290);
    expect(receiver.told()).toEqual([['firing b'], ['firing c']]);
    await stage.pass(40);
    expect(receiver.told()).toEqual([['firing b'], ['firing c'], ['firing a']]);
    expect(receiver.notifications[2]?.alerts[0]?.silenced).toBe(false);
  });

  it('holds for what waits to be told already, until it is ended', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(8);
    const end = stage.silences.add({ match: { alertname: '*' }, seconds: 3600 });
    await stage.pass(600);
    expect(receiver.told()).toEqual([]);
    end();
    end();
    await stage.pass(30);
    expect(receiver.told()).toEqual([['firing a']]);
  });

  it('does not keep the end from those who were told of the beginning, and only from them', async () => {
    const receiver = memoryNotifier({ repeatEvery: 60 });
    const stage = new Stage([receiver]);
    stage.fire('told');
    await stage.pass(20);
    stage.silences.add({ match: { instance: ['told', 'untold'] }, seconds: 3600 });
    stage.fire('untold');
    await stage.pass(300);
    expect(receiver.told()).toEqual([['firing told']]);
    stage.resolve('told');
    stage.resolve('untold');
    await stage.pass(300);
    expect(receiver.told()).toEqual([['firing told'], ['resolved told']]);
  });

  it('that ends while what was told before still fires tells nothing', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(20);
    stage.silences.add({ match: { instance: 'a' }, until: new Date((stage.clock.now() + 60) * 1000) });
    await stage.pass(300);
    expect(receiver.told()).toEqual([['firing a']]);
  });
});

describe('silences', () => {
  const at = (now = 1000): Silences => new Silences([], () => now);

  it.each([
    [{ a: 'x' }, { a: 'x' }, true],
    [{ a: 'x' }, { a: 'xx' }, false],
    [{ a: 'x', b: 'y' }, { a: 'x' }, false],
    [{ a: 'pay*' }, { a: 'payments' }, true],
    [{ a: '*pay' }, { a: 'payments' }, false],
    [{ a: 'a*b*c' }, { a: 'aXbXc' }, true],
    [{ a: 'a*b*c' }, { a: 'abcX' }, false],
    [{ a: 'ab*ba' }, { a: 'aba' }, false],
    [{ a: ['x', 'y*'] }, { a: 'yes' }, true],
    [{ a: '*' }, { b: 'z' }, true],
    [{ a: '' }, { b: 'z' }, true],
    [{ a: 'z.' }, { a: 'zz' }, false],
    [{ toString: '*native*' }, { b: 'z' }, false],
  ])('match %j with %j: %s', (match, labels, expected) => {
    const silences = at();
    silences.add({ match: match as Silence['match'], seconds: 1 });
    expect(silences.covers(labels as unknown as Record<string, string>)).toBe(expected);
  });

  it('take no longer for patterns that are made to', () => {
    const silences = at();
    silences.add({ match: { a: `${'*a'.repeat(1000)}b` }, seconds: 1 });
    expect(silences.covers({ a: 'a'.repeat(100_000) })).toBe(false);
  });

  it('are shown while they hold, and forgotten then', () => {
    let now = 1000;
    const silences = new Silences([{ match: { a: 'x' }, until: 1010, comment: 'c'.repeat(5000) }], () => now);
    silences.add({ match: { b: 'y' }, seconds: 20 });
    expect(silences.current()).toEqual([
      { match: { a: 'x' }, since: 1000, until: 1010, comment: 'c'.repeat(1024) },
      { match: { b: 'y' }, since: 1000, until: 1020 },
    ]);
    const labels = { a: 'x' };
    expect(silences.covers(labels)).toBe(true);
    now = 1010;
    expect(silences.covers(labels)).toBe(false);
    expect(silences.current()).toHaveLength(1);
  });

  it('are at most 100', () => {
    const silences = at();
    for (let i = 0; i < 100; i++) silences.add({ match: { a: `${i}` }, seconds: 1 });
    expect(() => silences.add({ match: { a: 'x' }, seconds: 1 })).toThrow(/There are 100 silences; end some/);
  });

  it.each<[object, RegExp]>([
    [{ seconds: 1 }, /"silence.match" is no object; give labels/],
    [{ match: {}, seconds: 1 }, /"silence.match" is empty, which would silence everything/],
    [{ match: { a: 1 }, seconds: 1 }, /"silence.match.a" is 1; give a text/],
    [{ match: { a: [] }, seconds: 1 }, /"silence.match.a" is \[\]/],
    [{ match: { a: 'x' } }, /"silence" has neither `seconds` nor `until`; give one of them/],
    [{ match: { a: 'x' }, seconds: 1, until: 2000 }, /has both/],
    [{ match: { a: 'x' }, seconds: 0 }, /"silence.seconds" is 0; give a number of seconds above 0/],
    [{ match: { a: 'x' }, seconds: 1e9 }, /at most 31536000 \(a year\)/],
    [{ match: { a: 'x' }, until: new Date(Number.NaN) }, /"silence.until" is Invalid Date/],
    [{ match: { a: 'x' }, seconds: 1, coment: '' }, /Unknown option "silence.coment"; did you mean "comment"/],
    [{ match: { a: 'x' }, seconds: 1, comment: 3 }, /"silence.comment" is of type number/],
  ])('that cannot be are refused with the mend: %j', (silence, message) => {
    expect(() => at().add(silence as Silence)).toThrow(message);
  });
});
