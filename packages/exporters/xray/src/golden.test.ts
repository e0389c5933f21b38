import { demoMinute } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { documentsSent } from './xray.test-support.ts';

it('the recorded minute of demo traffic', async () => {
  const documents = await documentsSent(demoMinute().spans);
  const lines = documents.map((document) => JSON.stringify(document));
  await expect(`[\n${lines.join(',\n')}\n]\n`).toMatchFileSnapshot('__golden__/minute.json');
});
