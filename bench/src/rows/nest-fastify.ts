import type { Experiment } from '../experiment.ts';
import { nestExperiment } from './nest.ts';

export const experiment: Experiment = nestExperiment('Fastify', import.meta.url);
