import { mkdir, readdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'

const FOLDER = 'docs/screenshots'

/** The pictures of the documentation are made by the tests: `UPDATE_SCREENSHOTS=1 npx tap test/web/views.test.ts` */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return
  await mkdir(FOLDER, { recursive: true })
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true })
}

/** The names of the pictures that are there. */
export async function pictures(): Promise<string[]> {
  return (await readdir(FOLDER)).map((name) => name.replace(/\.png$/, '')).sort()
}
