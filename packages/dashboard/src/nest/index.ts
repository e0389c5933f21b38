export { DashboardModule, type DashboardModuleOptions } from './dashboard-module.ts';
