export { type CloudWatchLogsOptions, cloudwatchLogs, type LogRetention } from './cloudwatch-logs.ts';
