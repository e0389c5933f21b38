import { Module } from '@nestjs/common';
import { createTelemetry } from '@telltale/core';
import { DashboardModule } from '@telltale/dashboard/nest';
import { TelemetryModule } from '@telltale/nest';

const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true }, runtime: true });

@Module({
  imports: [
    TelemetryModule.forRoot(telemetry, { skip: (request) => request.url?.startsWith('/telltale') === true }),
    DashboardModule.forRoot(telemetry, { path: '/telltale' }),
  ],
})
export class AppModule {}
