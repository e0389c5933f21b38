/** What keeps `telltale cost` from answering: a sentence with the mend. */
export class CostProblem extends Error {
  override readonly name = 'CostProblem';
}
