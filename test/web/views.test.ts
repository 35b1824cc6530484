import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { closeBrowser, complaintsOf, openPage } from './browser.ts'
import { fillScene } from './filled-scene.ts'
import { pictures, takePicture } from './pictures.ts'
import { DESK, PHONE, PLACES } from './places.ts'
import { signedIn, startScene } from './scene.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds at WCAG 2.2 AA and in its advice, one line a finding. */
async function findingsOf(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>(`${AXE}; axe.run(document)`)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')} (${failureSummary ?? ''})`,
    ),
  )
}

t.test('every view can be read and used without seeing it', async (t) => {
  const scene = await startScene(t)
  t.teardown(closeBrowser)
  await fillScene(scene)

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [DESK, PHONE]) {
      const name = `${colorScheme}, ${viewport.width} wide`
      await t.test(`in ${name}: nothing for axe to find, and nothing that sticks out`, async (t) => {
        const way = await openPage(t, scene.a.gateway.adminUrl, { colorScheme, viewport })
        await way.getByLabel('Admin token').waitFor()
        t.same(await findingsOf(way), [], 'the way in')
        await takePicture(way, `sign-in-${viewport.width}-${colorScheme}`)
        const page = await signedIn(t, scene, '/', { colorScheme, viewport })
        for (const [place, path] of PLACES) {
          await page.goto(`${scene.a.gateway.adminUrl}/#${path}`)
          await settled(page)
          t.same(await findingsOf(page), [], place)
          const sticksOut = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          t.equal(sticksOut, 0, `${place} is no wider than the window`)
          await takePicture(page, `${place}-${viewport.width}-${colorScheme}`)
        }
        t.same(complaintsOf(page), [], 'no error of a script, nothing against the policy')
      })
    }
  }
})

t.test('every view has its pictures in the documentation', async (t) => {
  const names = ['sign-in', ...PLACES.map(([place]) => place)]
  const all = names.flatMap((name) =>
    [DESK, PHONE].flatMap(({ width }) => ['dark', 'light'].map((scheme) => `${name}-${width}-${scheme}`)),
  )
  t.same(await pictures(), all.sort())
  const page = readFileSync('docs/admin-page.md', 'utf8')
  for (const name of names) t.match(page, `screenshots/${name}-1280-light.png`)
})

/** The view is there, and nothing in it is still loading. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  await page.waitForLoadState('networkidle')
  await page.waitForFunction(() => {
    const charts = [...document.querySelectorAll('.chart [role=img]')]
    return (
      document.querySelector('.loading') === null && charts.every((chart) => chart.querySelector('canvas'))
    )
  })
}
