/** A file of the kernel, which is there at once: no disk is asked. Empty where it is hidden, as in some sandboxes. */
export function procFile(path: string): string {
  try {
    // Asked for here, so that who collects nothing does not wait for the import.
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EACCES', 'EPERM'].includes(String(error.code)))
      return '';
    throw error;
  }
}
