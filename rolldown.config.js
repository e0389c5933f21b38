// How every package is built, run in its folder: all of its sources in one file, because a service that starts waits for each file it
// loads. What is imported by name stays an import. The types are the compiler's.
export default {
  input: 'src/index.ts',
  platform: 'node',
  external: /^[^./]/,
  output: { file: 'dist/index.js', format: 'esm', sourcemap: true, cleanDir: true },
};
