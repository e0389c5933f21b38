/** As much of WebAssembly as is needed here: Node's types leave it to those of browsers. */
interface WebAssemblyApi {
  readonly Module: new (bytes: unknown) => object;
  readonly Instance: {
    readonly prototype: object;
    new (module: object, imports?: object): { readonly exports: Readonly<Record<string, unknown>> };
  };
}

/** The process's own. Its properties are replaced while it is observed, so they are read anew. */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
