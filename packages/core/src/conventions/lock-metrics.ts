import { metricsAbout } from './metrics-about.ts';

const LOCK = ['lock.name', 'lock.mode'];

export const LOCK_METRICS = metricsAbout('lock', [
  [
    'lock.wait.duration',
    'histogram',
    's',
    'Time from asking for a lock to getting it, or giving up.',
    ...LOCK,
    'error.type',
  ],
  ['lock.hold.duration', 'histogram', 's', 'Time for which a lock was held.', ...LOCK],
  [
    'lock.contended',
    'counter',
    '{acquisition}',
    'Acquisitions that found the lock taken by others of this process.',
    ...LOCK,
  ],
  [
    'lock.suspected_deadlocks',
    'counter',
    '{deadlock}',
    'How often a lock was held or waited for so long that it may never end.',
    ...LOCK,
    'deadlock.reason',
  ],
  ['lock.waiting', 'upDownCounter', '{acquisition}', 'Acquisitions that wait for a lock.', ...LOCK],
  ['lock.held', 'upDownCounter', '{acquisition}', 'Acquisitions that hold a lock.', ...LOCK],
]);
