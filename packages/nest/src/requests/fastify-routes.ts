/** The templates of Fastify's routes, spelled as Express has them for the same controllers. */
export class FastifyRoutes {
  /** There are as many as routes. */
  private readonly templates = new Map<string, string>();

  templateOf(url: string | undefined): string | undefined {
    if (url === undefined) return undefined;
    let template = this.templates.get(url);
    if (template === undefined) {
      template = spelledAsExpress(url);
      this.templates.set(url, template);
    }
    return template;
  }
}

/** Nest makes `/files/*` into `/files/{*path}` for Express, which knows no nameless wildcards; and templates have no slash at their end. */
function spelledAsExpress(url: string): string {
  const named = url.endsWith('/*') ? `${url.slice(0, -1)}{*path}` : url;
  return named.length > 1 && named.endsWith('/') ? named.slice(0, -1) : named;
}
