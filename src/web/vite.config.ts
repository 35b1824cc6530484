import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { type Plugin, defineConfig } from 'vite'

const BUILT = resolve(import.meta.dirname, '../../dist/web')

/** Where `npm run dev` finds the control plane. */
const CONTROL_PLANE = `http://127.0.0.1:${process.env['ADMIN_PORT'] ?? '8081'}`

/** Beside each file its smaller forms: the gateway compresses nothing while it serves. */
const smallerForms: Plugin = {
  name: 'smaller-forms',
  apply: 'build',
  async writeBundle() {
    const folder = join(BUILT, 'assets')
    for (const name of await readdir(folder)) {
      const bytes = await readFile(join(folder, name))
      await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(bytes))
      await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
    }
  },
}

/** Chunks are the catalogues of texts: `…/messages/pt/index.ts`. */
function languageOf(module: string | null | undefined): string {
  return /messages\/([a-z]+)\/index\.ts$/.exec(module ?? '')?.[1] ?? 'part'
}

/** The admin page: built into `dist/web`, where the control plane serves it from. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [smallerForms],
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no data: addresses.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // A catalogue is named by its language.
      output: { chunkFileNames: ({ facadeModuleId }) => `assets/${languageOf(facadeModuleId)}-[hash].js` },
    },
  },
  server: {
    proxy: {
      '/v1': CONTROL_PLANE,
      '/openapi.json': CONTROL_PLANE,
    },
  },
})
