import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { format, resolveConfig } from 'prettier'
import t from 'tap'
import { startBare } from '../helpers/running-gateway.ts'

const TYPES = 'src/web/api/openapi.ts'
const HEAD = `/* Made of the control plane's description (GET /openapi.json) by test/web/openapi-types.test.ts: do not edit. */\n\n`

/** The page cannot ask for what is not there: `UPDATE_GOLDEN=1 npx tap test/web/openapi-types.test.ts` */
t.test("the page's types are those of the control plane's own description", async (t) => {
  const { gateway } = await startBare(t)
  const description = (await (await fetch(`${gateway.adminUrl}/openapi.json`)).json()) as object
  const printed = HEAD + astToString(await openapiTS(JSON.stringify(description)))
  const types = await format(printed, { ...(await resolveConfig(TYPES)), parser: 'typescript' })
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(TYPES, types)
  t.equal(types, await readFile(TYPES, 'utf8'))
})
