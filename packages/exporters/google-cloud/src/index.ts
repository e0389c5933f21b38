export type { AccessToken, GoogleAuthLike } from './authorization.ts';
export { googleCloud } from './google-cloud.ts';
export type { GoogleCloudOptions } from './google-cloud-options.ts';
export type { MonitoredResource } from './monitored-resource.ts';
