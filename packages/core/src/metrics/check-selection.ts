import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import type { AttributeSelection } from './attribute-rules.ts';

/** Throws `ERR_OPTION` unless it is one. */
export function checkSelection(path: string, selection: AttributeSelection): void {
  checkKeys(path, selection, ['allow', 'deny', 'rename']);
  checkNames(`${path}.allow`, selection.allow);
  checkNames(`${path}.deny`, selection.deny);
}

/** A text would pass for a list: `includes` finds its parts. */
export function checkNames(path: string, names: readonly string[] | undefined): void {
  if (names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string'))) return;
  throw new TelemetryError('ERR_OPTION', `"${path}" is not an array of names; write them as ['one', 'another'].`);
}
