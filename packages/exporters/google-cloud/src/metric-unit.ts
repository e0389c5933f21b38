/** `google.api.MetricDescriptor.unit` (google/api/metric.proto): the subset of UCUM that Cloud Monitoring reads. */
const ANNOTATION = String.raw`\{[!-z|~]+\}`;
const UNIT = String.raw`(?:(?:[kMGTPEZYmunpfazy]|[KMGTP]i)?(?:bit|By|s|min|h|d)|%|1|[kMGTPEZYmunpfazy](?=\{))`;
const COMPONENT = `(?:${UNIT}(?:${ANNOTATION})?|${ANNOTATION})`;
const EXPRESSION = new RegExp(`^${COMPONENT}(?:\\.${COMPONENT})*(?:/${COMPONENT})*$`);

/** The unit as Cloud Monitoring takes it. What it does not know becomes an annotation, which it shows and does not reckon with: `EUR` → `{EUR}`. */
export function metricUnit(unit: string): string {
  if (unit === '' || EXPRESSION.test(unit)) return unit;
  const name = unit.replaceAll(/[^!-z|~]+/g, '');
  return name === '' ? '' : `{${name}}`;
}
