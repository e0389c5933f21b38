import { Module } from '@nestjs/common';
import { createTelemetry } from '@telltale/core';
import { TelemetryHealthModule, TelemetryModule } from '@telltale/nest';

class Database {
  async ping(): Promise<void> {} // dataSource.query('select 1') …
}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

export const telemetry = createTelemetry({ service: { name: 'checkout' } });

@Module({
  imports: [
    TelemetryModule.forRoot(telemetry, { skip: ({ url }) => url.startsWith('/health') }),
    TelemetryHealthModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [Database],
      useFactory: (database: Database) => ({ checks: { db: () => database.ping() } }),
    }),
  ],
})
export class AppModule {}
