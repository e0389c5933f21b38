import { createTelemetry, estimateCost } from '@telltale/core';
import { cloudwatch } from '@telltale/exporter-cloudwatch';

const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [cloudwatch({ namespace: 'Shop', region: 'eu-west-1', budget: { perMonth: 100 /* USD */ } })],
});

const { perMonth, asOf, exporters, notes } = estimateCost(telemetry, {
  prices: { cloudwatch: { 'metric-month': 0.25 } }, // what you pay, where that is not the list price
});
console.log(`about ${perMonth.toFixed(2)} USD a month, by the list prices of ${asOf}`);
for (const { name, series, lines } of exporters) console.log(name, series, lines);
for (const note of notes) console.log(note);

// What was left out for the budget's sake: [{ metric: 'http.server.request.duration', attribute: 'http.route', values: 412 }]
console.log(telemetry.health().exporters[0]?.folded);
