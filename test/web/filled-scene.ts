import { callerToken } from '../helpers/running-gateway.ts'
import type { Scene } from './scene.ts'

/** What a hostile admin could write where texts are free: it must be shown, and do nothing. */
export const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '<script>window.hacked=1</script>',
  '"><svg/onload=window.hacked=1>',
  'javascript:window.hacked=1',
  '{{constructor.constructor("window.hacked=1")()}}',
  '\u202Eevitisop eslaf\u202C',
  'Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334\u0319\u0324\u031E\u0349\u035A\u032F\u031E\u0320\u034DA',
  'w'.repeat(300),
]

/** A day at work: some channels, tokens, calls and changes, so that every view has something to show. */
export async function fillScene(scene: Scene): Promise<void> {
  const { write } = scene
  await write('PUT', '/v1/accounts/globex', {
    ...{ tenantId: '400100', baseUrl: scene.sandbox.url, token: 'another-token-of-wati', plan: 'pro' },
    ...{ description: 'The second brand', limits: { monthlyCalls: 200 } },
  })
  const inAMonth = new Date(Date.now() + 9 * 86_400_000).toISOString()
  await write('PUT', '/v1/accounts/globex/token?verify=false', {
    token: 'the-newest-token-of-wati',
    expiresAt: inAMonth,
  })
  const lines = ['billing', 'delivery', 'latam-sales', 'latam-support', 'returns', 'vip'] as const
  for (const [place, alias] of lines.entries())
    await write('PUT', `/v1/channels/${alias}`, {
      ...{ account: place % 2 === 0 ? 'acme' : 'globex', number: `55119999900${10 + place}` },
      ...{ description: `The line for ${alias.replace('-', ' in ')}`, enabled: alias !== 'returns' },
    })
  await write('POST', '/v1/tokens', {
    ...{ sub: 'order-service', channels: ['sales', 'latam-*'], scope: 'messages:send messages:read' },
    expiresIn: 7_776_000,
  })
  await write('DELETE', '/v1/tokens/f81d4fae-7dec-11d0-a765-00a0c91e6bf6')
  for (let count = 0; count < 12; count++) await send(scene, count % 4 === 3 ? 'support' : 'sales')
}

/** A template through a channel. */
export async function send({ a }: Pick<Scene, 'a'>, alias: string, sub = 'order-service'): Promise<void> {
  await fetch(
    `${a.gateway.dataUrl}/channels/${alias}/api/v1/sendTemplateMessage?whatsappNumber=5511988887777`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${callerToken({ sub })}`, 'content-type': 'application/json' },
      body: JSON.stringify({ template_name: 'order_shipped', broadcast_name: 'orders', parameters: [] }),
    },
  )
}
