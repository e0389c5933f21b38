export { datadogName, datadogTag } from './datadog-spelling.ts';
export type { StatsdDialect, Tag } from './dialect.ts';
export { attributeTags, identityOf, identityTags } from './series-tags.ts';
export { statsd, statsdFor } from './statsd.ts';
export { type StatsdMaker, type StatsdOptions, tagList } from './statsd-options.ts';
export { TakenSeries } from './taken-series.ts';
