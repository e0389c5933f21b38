import { messageOf } from '@telltale/core';
import { CostProblem } from './cost-problem.ts';
import { type ExpositionFamily, readExposition } from './read-exposition.ts';

/** Milliseconds that a service may take to answer: what Prometheus gives it, too. */
const TIMEOUT_MS = 10_000;
const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

/** What a service serves to Prometheus. Throws a `CostProblem` when it cannot be had, or is something else. */
export async function scrape(url: string): Promise<readonly ExpositionFamily[]> {
  const { answer, body } = await get(url);
  if (!answer.ok) {
    throw new CostProblem(
      `${url} answered with status ${answer.status}. Give the URL at which the service serves its metrics.`,
    );
  }
  const type = answer.headers.get('content-type') ?? 'no content type';
  let families: readonly ExpositionFamily[];
  try {
    families = readExposition(body);
  } catch (error) {
    throw new CostProblem(
      `${url} serves ${type}, which is no scrape: ${messageOf(error)}. Give the URL at which the service serves its metrics.`,
    );
  }
  if (families.length > 0) return families;
  throw new CostProblem(`${url} serves no metrics so far. Ask again when the service has done some work.`);
}

async function get(url: string): Promise<{ readonly answer: Response; readonly body: string }> {
  try {
    const answer = await fetch(url, { headers: { accept: ACCEPT }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { answer, body: await answer.text() };
  } catch (error) {
    throw new CostProblem(
      `${url} cannot be reached (${reasonOf(error)}). Start the service, or give the URL at which it serves its metrics: telltale cost http://localhost:9464/metrics.`,
    );
  }
}

/** `fetch` says "fetch failed" and hides why; several addresses tried in vain are an error of errors. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly message?: string } };
  return cause?.code ?? (cause?.message || messageOf(error));
}
