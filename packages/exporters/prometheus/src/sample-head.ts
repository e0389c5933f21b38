import { isPlainMetricName } from './escaping.ts';
import { escapeLabelValue } from './labels.ts';

/** How the samples of one name begin: made once, used for each of them. */
export interface SampleHead {
  /** Up to the value, of a sample without labels. */
  readonly bare: string;
  /** Up to the first label. */
  readonly open: string;
}

export function sampleHead(name: string): SampleHead {
  if (isPlainMetricName(name)) return { bare: `${name} `, open: `${name}{` };
  return { bare: `{${metricNameText(name)}} `, open: `{${metricNameText(name)},` };
}

/** A name as it stands in the lines above the samples. */
export function metricNameText(name: string): string {
  return isPlainMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/** A sample up to its value. `labels` come without braces. */
export function sampleStart(head: SampleHead, labels: string): string {
  return labels === '' ? head.bare : `${head.open}${labels}} `;
}

/** The same labels under another name. */
export function withHead(start: string, head: SampleHead, other: SampleHead): string {
  return start === head.bare ? other.bare : other.open + start.slice(head.open.length);
}
