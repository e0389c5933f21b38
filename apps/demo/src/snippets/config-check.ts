import { readConfig } from '@telltale/config';

// Starts nothing: for deploy scripts and tests. On the command line: npx telltale config check
const { config, problems } = readConfig({ file: 'telltale.config.yaml' });
for (const { message } of problems) console.error(message);
console.log(config.exporters?.map(({ type }) => type));
