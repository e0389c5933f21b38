// A service whose database client is instrumented by OpenTelemetry. Run it as its README says, `node --import ./telemetry.ts app.ts`, with the
// address of a Postgres.
import pg from 'pg';
import { telemetry } from './snippets/opentelemetry.ts';

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
await telemetry.job('nightly', { queue: 'reports' }, async () => {
  await client.query('select 42 as answer');
  await client.query('select * from nowhere').catch(() => {});
});
await client.end();
await telemetry.shutdown();
