import { createTelemetry } from '@telltale/core';
import { pino } from 'pino';

const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true } });

export const logger = pino({ mixin: telemetry.logFields });

telemetry.span('checkout', () => {
  logger.info({ order: 7 }, 'order placed'); // {…,"trace_id":"5b8e…c60c","span_id":"eee1…b174","order":7,"msg":"order placed"}
});
