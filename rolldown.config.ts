// The package: our own modules in a few files, since Node takes as long to find 350 of them as to run them. What others wrote stays
// what npm installs beside it.
import { defineConfig } from 'rolldown'

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  external: (id) => !/^[./]/.test(id),
  output: { dir: 'dist/src', format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
})
