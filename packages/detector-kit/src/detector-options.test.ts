import { ManualClock } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { checkDetectorOptions, type DetectorOptions } from './index.ts';

describe('options of detectors', () => {
  it('may be left out, and are taken', () => {
    checkDetectorOptions('awsDetectors', {});
    checkDetectorOptions('awsDetectors', { timeout: 0.2, clock: new ManualClock() });
  });

  it.each<[unknown, string]>([
    [{ timeOut: 1 }, 'Unknown option "awsDetectors.timeOut"; did you mean "timeout"? Known are timeout, clock.'],
    [{ timeout: 0 }, '"awsDetectors.timeout" is 0; give a number of seconds above 0, such as 0.8.'],
    [{ timeout: '1' }, '"awsDetectors.timeout" is 1; give a number of seconds above 0, such as 0.8.'],
    [null, 'awsDetectors() takes an object of options.'],
  ])('%j are refused', (options, message) => {
    expect(() => checkDetectorOptions('awsDetectors', options as DetectorOptions)).toThrow(message);
  });
});
