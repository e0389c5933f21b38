import type { Exportable } from '@telltale/core';

/** What is sent of a point or event. Each line is sent whole; one with a line break in it is two that stay together. */
export interface Lines {
  readonly item: Exportable;
  readonly lines: readonly string[];
}
