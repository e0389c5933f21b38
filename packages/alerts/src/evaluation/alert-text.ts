const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** How an attribute is called as a label: dots, and whatever else labels of Prometheus and Alertmanager cannot have, as `_`. */
export function labelName(attribute: string): string {
  const name = attribute.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** What stands in double braces. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** The text with labels and value in their places; a label that is missing is empty, a value `?`. */
export function filled(text: string, labels: Readonly<Record<string, string>>, value: string | undefined): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) =>
    name === 'value' ? (value ?? '?') : Object.hasOwn(labels, name) ? (labels[name] as string) : '',
  );
}
