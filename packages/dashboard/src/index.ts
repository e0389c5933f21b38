export { type Dashboard, dashboard, type Listening, type ListenOptions } from './dashboard.ts';
export type { DashboardOptions, ShownAlert } from './options.ts';
export type { DashboardRequest, Next } from './server/handler.ts';
