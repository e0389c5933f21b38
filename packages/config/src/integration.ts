import type { Exporter } from '@telltale/core';
import type { z } from 'zod';

/** What a `type` in `exporters` stands for: an exporter of a package that is loaded when it is asked for. */
export interface Integration {
  /** As it is written in configuration: `aws_cloudwatch`. */
  readonly type: string;
  /** What is installed for it, and loaded: `@telltale/exporter-cloudwatch`; core for the console. */
  readonly package: string;
  /** What the package calls the function that makes the exporter: `cloudwatch`. */
  readonly maker: string;
  /** One sentence, for editors. */
  readonly description: string;
  /** The options of its own, as far as they can be written as data; what every exporter takes is beside `config`. */
  readonly config: z.ZodObject;
  /** Which of its own options `dimensions` is; missing where the backend has nothing like it. */
  readonly dimensions?: string;
  /** Where the options of its own differ from what is written. */
  readonly optionsOf?: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Loads a package from where the application is. Throws where it is not installed. */
export type LoadPackage = (name: string) => Readonly<Record<string, unknown>>;

/** What came of one entry of `exporters`. */
export interface MadeExporter {
  readonly exporter: Exporter;
  /** Why it does nothing but show in health, and the mend. */
  readonly problem?: string;
}
