import { createTelemetry } from '@telltale/core';
import { Piscina } from 'piscina';
import { observePool } from './index.ts';
import { TASKS } from './task-files.test-support.ts';

// A program that handles no failure of its task.

const telemetry = createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false } });
const pool = new Piscina({ filename: TASKS, name: 'fail', minThreads: 1, maxThreads: 1 });
void observePool(pool, telemetry, { name: 'p' }).run('nobody handles it');
