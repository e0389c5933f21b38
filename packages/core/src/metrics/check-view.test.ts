import { describe, expect, it } from 'vitest';
import { createTelemetry, type View } from '../index.ts';
import { testTelemetry } from '../telemetry.test-support.ts';

const messageOf = (metrics: object): string => {
  try {
    createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false }, metrics });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_OPTION' });
    return (error as Error).message;
  }
  return 'nothing was thrown';
};
/** Of the second view. */
const viewError = (view: unknown): string => messageOf({ views: [{ instrumentName: '*' }, view] });

describe('a view that cannot be', () => {
  it.each<[string, unknown, string]>([
    ['no criteria', { name: 'x' }, '"metrics.views[1]" says nothing of which instruments it is for; give'],
    [
      'a name for many',
      { instrumentName: 'a*', name: 'x' },
      '"metrics.views[1]" gives the name "x" to all instruments that fit "a*"; give',
    ],
    [
      'a name for a kind',
      { instrumentType: 'counter', name: 'x' },
      '"metrics.views[1]" gives the name "x" to all instruments that fit it; give',
    ],
    [
      'an unknown key',
      { instrumentNam: 'a' },
      'Unknown option "metrics.views[1].instrumentNam"; did you mean "instrumentName"?',
    ],
    ['no object', null, '"metrics.views[1]" is null; give an object.'],
    ['a name that is no text', { instrumentName: 5 }, '"metrics.views[1].instrumentName" is 5; give a text'],
    ['an empty name', { instrumentName: 'a', name: '' }, '"metrics.views[1].name" is ""; give a text'],
    [
      'an unknown kind',
      { instrumentType: 'countr' },
      '"metrics.views[1].instrumentType" is "countr"; did you mean "counter"?',
    ],
    [
      'an unknown aggregation',
      { instrumentName: 'a', aggregation: { type: 'max' } },
      '"metrics.views[1].aggregation.type" is "max"; give one of default, drop, sum',
    ],
    [
      'an unknown number of one',
      { instrumentName: 'a', aggregation: { type: 6 } },
      '"metrics.views[1].aggregation.type" is 6; give one of',
    ],
    [
      'bad boundaries',
      { instrumentName: 'a', aggregation: { type: 'histogram', options: { boundaries: [2, 1] } } },
      '"metrics.views[1].aggregation.options.boundaries" is [2, 1]; give numbers, each greater than the one before.',
    ],
    [
      'a bad size',
      { instrumentName: 'a', aggregation: { type: 5, options: { maxSize: 1 } } },
      '"metrics.views[1].aggregation.options.maxSize" is 1; give a whole number from 2 to 16384.',
    ],
    [
      'a bad choice',
      { instrumentName: 'a', aggregation: { type: 5, options: { recordMinMax: 'yes' } } },
      '"metrics.views[1].aggregation.options.recordMinMax" is "yes"; give true or false.',
    ],
    [
      'bad attributes',
      { instrumentName: 'a', attributes: { allow: 'a' } },
      '"metrics.views[1].attributes.allow" is not an array of names',
    ],
    [
      'bad processors',
      { instrumentName: 'a', attributesProcessors: [{}] },
      '"metrics.views[1].attributesProcessors[0]" is of type object; give an object that has process(attributes).',
    ],
    [
      'a bad limit',
      { instrumentName: 'a', aggregationCardinalityLimit: 0 },
      'metrics.views[1].aggregationCardinalityLimit is 0; give a whole number above 0.',
    ],
    [
      'a bad reservoir',
      { instrumentName: 'a', exemplarReservoir: {} },
      '"metrics.views[1].exemplarReservoir" is of type object; give a function',
    ],
  ])('is refused with its index and a mend: %s', (_, view, message) => {
    expect(viewError(view)).toContain(message);
  });

  it('is refused as a whole when views are no array, and filters of exemplars that are none', () => {
    expect(messageOf({ views: {} })).toBe('"metrics.views" is of type object; give an array of views.');
    expect(messageOf({ exemplars: 'always' })).toBe(
      '"metrics.exemplars" is "always"; give one of trace_based, always_on, always_off.',
    );
  });

  it('is ignored, and told, where it would make a histogram of totals that a callback reports', () => {
    const views: View[] = [{ instrumentName: 'o*', aggregation: { type: 'histogram' } }];
    const { telemetry, problems } = testTelemetry({ metrics: { views } });
    telemetry.observableCounter('observed', {}, (observer) => observer.observe(1));
    telemetry.counter('other').add(1);
    const metrics = telemetry.snapshot().metrics.filter(({ name }) => !name.startsWith('telltale.'));
    expect(metrics.map(({ name, type }) => [name, type])).toEqual([
      ['observed', 'counter'],
      ['other', 'histogram'],
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      '"metrics.views[0]" makes a histogram of "observed", whose values are totals that a callback reports; the view is ignored for it. Give it an instrumentType, or another aggregation.',
    ]);
  });
});
