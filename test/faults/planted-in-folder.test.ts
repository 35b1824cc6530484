import t from 'tap'
import { filesIn, lookEverywhere } from './planted-places.ts'
import { driveAll, startScene } from './planted-scene.ts'

t.test('with the embedded store no secret is anywhere but where it belongs, whatever happens', async (t) => {
  const scene = await startScene(t, () => ({}))
  const seen = await driveAll(t, scene)
  await scene.gateway.stop()
  const files = filesIn(scene.settings['DATA_DIR'] ?? '')
  t.ok(
    files.some(({ bytes }) => bytes.includes('line-renewed')),
    'the search sees the records',
  )
  lookEverywhere(t, scene, [...seen, ...files])
})
