// What the environment starts can be used by the program, too.
import { telemetry } from '@telltale/register';

telemetry.counter('orders', { unit: '{order}' }).add(3, { plan: 'pro' });
await telemetry.job('nightly', async (job) => job.records('loaded', 7));
process.send({ port: 0, health: telemetry.health().status });
process.once('message', () => process.disconnect());
