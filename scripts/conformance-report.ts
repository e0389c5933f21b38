/** What became of one of someone else's tests. */
export interface Outcome {
  readonly title: string;
  readonly passed: boolean;
  /** Why it failed. */
  readonly message: string;
}

/** Tests of one file that fail on Telltale, and why that is right. */
export interface Difference {
  readonly because: string;
  readonly file: string;
  readonly tests: readonly string[];
}

export interface Report {
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** Failures without a reason, and reasons without a failure. */
  readonly unexpected: number;
}

/** Holds what became of the tests of a file against what is known to differ, so that the list of differences cannot rot. */
export function reportFile(file: string, outcomes: readonly Outcome[], differences: readonly Difference[]): Report {
  const known = differences.filter((one) => one.file === file);
  const becauseOf = (title: string): string | undefined => known.find(({ tests }) => tests.includes(title))?.because;
  const lines: string[] = [];
  let unexpected = 0;
  for (const { title, passed, message } of outcomes) {
    const because = becauseOf(title);
    if (!passed && because !== undefined) lines.push(`  differs: ${title}`, `    ${because}`);
    if (passed === (because === undefined)) continue;
    unexpected++;
    if (passed) lines.push(`  PASSES, though it is among the differences: ${title}`);
    else lines.push(`  FAILED: ${title}`, ...message.split('\n').map((line) => `    ${line}`));
  }
  const titles = new Set(outcomes.map(({ title }) => title));
  for (const title of known.flatMap(({ tests }) => tests).filter((one) => !titles.has(one))) {
    unexpected++;
    lines.push(`  GONE, though it is among the differences: ${title}`);
  }
  const passed = outcomes.filter((one) => one.passed).length;
  const failed = outcomes.length - passed;
  return { lines: [`${file}: ${passed} passed, ${failed} failed`, ...lines], passed, failed, unexpected };
}
