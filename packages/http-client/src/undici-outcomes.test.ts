import { outcomesOf } from './outcomes.test-support.ts';
import { UNDICI_CLIENTS } from './undici-clients.test-support.ts';

outcomesOf(UNDICI_CLIENTS);
