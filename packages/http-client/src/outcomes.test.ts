import { OWN_CLIENTS } from './clients.test-support.ts';
import { outcomesOf } from './outcomes.test-support.ts';

outcomesOf(OWN_CLIENTS);
