import { createTelemetry } from '@telltale/core';
import winston from 'winston';

const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true } });

export const logger = winston.createLogger({
  // winston reads these when a line is logged.
  defaultMeta: {
    get trace_id() {
      return telemetry.logFields().trace_id;
    },
    get span_id() {
      return telemetry.logFields().span_id;
    },
  },
  format: winston.format.json(),
  transports: [new winston.transports.Console()],
});

telemetry.span('checkout', () => {
  logger.info('order placed', { order: 7 }); // {…,"message":"order placed","order":7,"span_id":"eee1…b174","trace_id":"5b8e…c60c"}
});
