import type { AttributeValue, SeriesAttributes } from '@telltale/core';
import { isPlainLabelName } from './escaping.ts';

/** Labels that the exporter itself adds to all series of a metric. */
export type OwnLabels = readonly (readonly [name: string, value: string])[];

/** Told where each label of a series comes from: whether two sets of attributes can give the same labels follows from that. */
export interface LabelObserver {
  /** `label` was made from the attribute `key` holding a value of type `type`. */
  came(label: string, key: string, type: string): void;
  /** Something was left out or replaced: other attributes can give the same labels. */
  lossy(): void;
}

/**
 * A valid label name: runs of invalid characters and underscores become one underscore, a leading digit is put behind `key_`, reserved names
 * behind `exported_`.
 */
export function labelName(key: string, reserved: readonly string[] = []): string {
  let name = key.replace(/[^a-zA-Z0-9]+/g, '_');
  if (name === '') name = '_';
  if (/^[0-9]/.test(name)) name = `key_${name}`;
  return unreserved(name, reserved);
}

/** Names that begin with two underscores are Prometheus's own. */
export function unreserved(name: string, reserved: readonly string[]): string {
  return name.startsWith('__') || reserved.includes(name) ? `exported_${name}` : name;
}

/** A label value as it stands between the quotes. */
export function escapeLabelValue(value: string): string {
  // Nearly no value needs it, and the test is a fraction of the replacement.
  return /[\\"\n]/.test(value) ? value.replace(/[\\"\n]/g, escapeCharacter) : value;
}

/** The text of a HELP line; OpenMetrics escapes the quote as well. */
export function escapeHelp(text: string, openMetrics: boolean): string {
  return openMetrics ? escapeLabelValue(text) : text.replace(/[\\\n]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

/** `method="GET",route="/"`, without braces; names that need it are quoted. Empty values are left out, as Prometheus does not tell them from missing labels. */
export function labelsText(labels: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [name, value] of labels) {
    if (value !== '') text += `${text === '' ? '' : ','}${quotedIfNeeded(name)}="${escapeLabelValue(value)}"`;
  }
  return text;
}

function quotedIfNeeded(name: string): string {
  return isPlainLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/**
 * Names and values. Values of attributes whose names become the same label are joined with `;` in the order of the attribute names, as
 * OpenTelemetry prescribes. Values of `own` may be empty.
 */
export function labelsOf(
  attributes: SeriesAttributes,
  nameOf: (key: string) => string = labelName,
  own: OwnLabels = [],
  observer?: LabelObserver,
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>(own);
  for (const key of Object.keys(attributes).sort()) {
    const raw = attributes[key] as AttributeValue;
    const text = String(raw);
    // What UTF-8 cannot hold would be replaced later, and unseen.
    const value = text.toWellFormed();
    if (value === '' || value !== text) observer?.lossy();
    if (value === '') continue;
    const label = nameOf(key);
    observer?.came(label, key, typeof raw);
    const before = labels.get(label);
    labels.set(label, before === undefined ? value : `${before};${value}`);
  }
  return labels;
}
