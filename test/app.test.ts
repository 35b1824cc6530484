import t from 'tap'
import { CONTACT, startRunning } from './helpers/running-gateway.ts'

t.test('scratch', async (t) => {
  const running = await startRunning(t)
  const seen = await running.call(
    'POST',
    `/channels/sales/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`,
    {
      json: { template_name: 'a', broadcast_name: 'b', parameters: [] },
    },
  )
  console.error(seen.status, seen.headers, seen.text, running.sandbox.requests(), running.log.text)
})
