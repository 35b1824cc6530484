import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import type { Test } from 'tap'

/** The longest wait for something to appear: these machines are slow at times. */
const PATIENCE_MS = 20_000

let browser: Promise<Browser> | undefined

/** A real Chromium, the system's; one for all tests of a file, gone with the process. */
async function theBrowser(): Promise<Browser> {
  // Root cannot have Chromium's sandbox; what it opens here is our own page.
  browser ??= chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
  return await browser
}

/** Ends the browser: last thing in a file of tests. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
  browser = undefined
}

/** What the page said to the console as an error, and what it threw: no test may end with any. */
const complaints = new WeakMap<Page, string[]>()

/** A browser window of its own, with no memory of others, at an address. */
export async function openPage(t: Test, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const heard: string[] = []
  complaints.set(page, heard)
  page.on('pageerror', (error) => heard.push(String(error)))
  page.on('console', (message) => {
    // That an answer was a refusal is part of many tests; Chromium tells the console of each.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      heard.push(message.text())
  })
  await page.goto(url)
  return page
}

/** Errors of scripts and of the policy (CSP) since the page was opened. */
export function complaintsOf(page: Page): readonly string[] {
  return complaints.get(page) ?? []
}
