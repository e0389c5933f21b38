export { type NewRelicOptions, newrelic } from './newrelic.ts';
