import type { Experiment } from '../experiment.ts';
import { programs, rows } from './bullmq.ts';

const { 'idle telemetry, Redis': _, ...onRedis } = programs('Redis');

/** The same with a database, for information: how much of it shows in a real service. */
export const experiment: Experiment = {
  name: 'bullmq on redis',
  file: import.meta.url,
  programs: onRedis,
  rows: rows('Redis'),
  launches: 1,
  rounds: 60,
  roundTime: 20,
  warmUp: 2500,
};
