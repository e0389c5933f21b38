import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { TelemetryError } from '../errors.ts';
import { findPackage, loadPackage } from './load-package.ts';

/**
 * A propagator of a package that is loaded when it is first needed, which must have its answer at once: loading takes as long as all of
 * Telltale may take.
 */
export class LazyPropagator<Package> implements TextMapPropagator {
  private readonly name: string;
  private readonly packageName: string;
  private readonly create: (loaded: Package) => TextMapPropagator;
  private readonly written: readonly string[];
  private location: string | undefined;
  private loaded: TextMapPropagator | undefined;

  /** With `early`, looks at once for where the package is, so that a service without it fails at its start: throws `ERR_OPTION`. */
  constructor(
    name: string,
    packageName: string,
    early: boolean,
    create: (loaded: Package) => TextMapPropagator,
    fields: readonly string[],
  ) {
    this.name = name;
    this.packageName = packageName;
    this.create = create;
    this.written = fields;
    this.location = early ? this.find() : undefined;
    this.loaded = undefined;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    this.propagator().inject(context, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return this.propagator().extract(context, carrier, getter);
  }

  fields(): string[] {
    return [...this.written];
  }

  private propagator(): TextMapPropagator {
    if (this.loaded === undefined) {
      // Until it is, or for good when this throws: looking again for each request would cost more than what is missing.
      this.loaded = NOTHING;
      this.location ??= this.find();
      this.loaded = this.create(this.load(this.location));
    }
    return this.loaded;
  }

  private find(): string {
    try {
      return findPackage(this.packageName);
    } catch (cause) {
      throw this.missing(cause);
    }
  }

  private load(location: string): Package {
    try {
      return loadPackage(this.packageName, location) as Package;
    } catch (cause) {
      throw this.missing(cause);
    }
  }

  private missing(cause: unknown): TelemetryError {
    return new TelemetryError(
      'ERR_OPTION',
      `The propagator "${this.name}" needs ${this.packageName}, which cannot be loaded: npm install ${this.packageName}. ` +
        'A bundle must leave it out and have it installed beside.',
      { cause },
    );
  }
}

const NOTHING: TextMapPropagator = {
  inject: () => {},
  extract: (context) => context,
  fields: () => [],
};
