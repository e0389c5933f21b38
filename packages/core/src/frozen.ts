/** Freezes plain data with all that it is made of, but for what is frozen already and what has methods. Returns it. */
export function frozen<T extends object>(data: T): T {
  for (const value of Object.values(data)) {
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && isPlain(value)) frozen(value);
  }
  return Object.freeze(data);
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
