// Says what it exports to, as its telemetry's health has it.
import { telemetry } from '@telltale/register';

await telemetry.flush();
const exporters = telemetry.health().exporters.map(({ name, lastError }) => ({ name, error: lastError?.message }));
process.send({ port: 0, exporters });
process.once('message', () => process.disconnect());
