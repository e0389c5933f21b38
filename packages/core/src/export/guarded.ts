import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';

/** The user's predicate, made safe: where it throws, the answer is yes, which is counted and told once. `option` is where it was given. */
export function guarded<Given extends readonly unknown[]>(
  predicate: (...given: Given) => boolean,
  option: string,
  exporter: string,
  diagnostics: Diagnostics,
): (...given: Given) => boolean {
  return (...given) => {
    try {
      return Boolean(predicate(...given));
    } catch (error) {
      diagnostics.problem(
        'ERR_EXPORT',
        `${exporter} ${option}`,
        () => `\`${option}\` of the exporter "${exporter}" threw (${messageOf(error)}); that counts as true.`,
      );
      return true;
    }
  };
}
