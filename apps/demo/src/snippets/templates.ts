import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultRules, slo } from '@telltale/alerts';
import { prometheusRules, type TemplateFile } from '@telltale/templates';

const files = prometheusRules({
  rules: [
    ...defaultRules({ HighErrorRate: { value: 0.1 }, HighMemory: false }),
    ...slo({ name: 'Checkout', objective: 0.999 }),
    {
      name: 'FewOrders',
      when: { type: 'rate', metric: 'orders', over: 600, is: '<', value: 0.1 },
      for: 300,
      summary: '{{service_name}} gets {{value}} orders',
    },
  ],
  metrics: [{ name: 'orders', type: 'counter', unit: '{order}' }], // what a rule names and Telltale does not make
});

export async function write(folder: string, all: readonly TemplateFile[] = files): Promise<void> {
  for (const { path, content } of all) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
