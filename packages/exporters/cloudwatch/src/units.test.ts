import { expect, test } from 'vitest';
import { unitOf } from './units.ts';

test.each([
  ['s', 'histogram', 'Seconds'],
  ['ms', 'histogram', 'Milliseconds'],
  ['us', 'gauge', 'Microseconds'],
  ['By', 'counter', 'Bytes'],
  ['kBy', 'counter', 'Kilobytes'],
  ['bit', 'counter', 'Bits'],
  ['%', 'gauge', 'Percent'],
  ['{order}', 'counter', 'Count'],
  ['{order}', 'histogram', 'Count'],
  ['', 'counter', 'Count'],
  ['1', 'upDownCounter', 'Count'],
  ['1', 'gauge', 'None'],
  ['', 'gauge', 'None'],
  ['By/s', 'gauge', 'Bytes/Second'],
  ['MBy/s', 'gauge', 'Megabytes/Second'],
  ['Gbit/s', 'gauge', 'Gigabits/Second'],
  ['{record}/s', 'gauge', 'Count/Second'],
  ['1/s', 'gauge', 'Count/Second'],
  ['s/s', 'gauge', 'None'],
  ['By/min', 'gauge', 'None'],
  ['EUR', 'counter', 'None'],
  ['Cel', 'gauge', 'None'],
  ['toString', 'gauge', 'None'],
] as const)('the unit %s of a %s is %s in CloudWatch', (unit, type, wanted) => {
  expect(unitOf(unit, type)).toBe(wanted);
});
