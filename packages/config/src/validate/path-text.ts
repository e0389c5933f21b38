/** Where something stands in a document. */
export type Path = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;
/** Longer keys are cut. */
const SHOWN = 60;

/** `exporters[1].config.namespace`; keys that are no names are quoted: `attributes["k8s.pod"]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!PLAIN_KEY.test(key) || key.length > SHOWN) return `${text}[${JSON.stringify(cut(key))}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** At most so many characters. */
export function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
