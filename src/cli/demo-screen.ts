/** The two business lines of the demo. Neither number is the account's default. */
export const DEMO_CHANNELS = [
  { alias: 'sales', number: '85264318722' },
  { alias: 'support', number: '5511999990001' },
] as const

interface DemoFacts {
  readonly sandbox: { readonly url: string }
  readonly gateway: { readonly dataUrl: string; readonly adminUrl: string }
  readonly adminToken: string
  readonly callerToken: string
}

/** The curl lines to paste, as in the README; each with what to look at. */
export const DEMO_STEPS = [
  {
    title: 'Send a template through the channel "sales".',
    curl: `curl -sS "$GATEWAY/channels/sales/api/v1/sendTemplateMessage?whatsappNumber=5521988887777" -H "Authorization: Bearer $CALLER_TOKEN" -H "Content-Type: application/json" -d '{"template_name":"order_shipped","broadcast_name":"orders","parameters":[]}'`,
    lookAt:
      'The body names no number. Yet Wati got it from 85264318722, the number of "sales": see curl -sS "$WATI/_sandbox/messages"',
  },
  {
    title: 'Read the conversation of "sales" with that customer.',
    curl: `curl -sS "$GATEWAY/channels/sales/api/v1/getMessages/5521988887777" -H "Authorization: Bearer $CALLER_TOKEN"`,
    lookAt:
      'The message just sent, and no other number\'s. What Wati was asked: curl -sS "$WATI/_sandbox/requests"',
  },
  {
    title: "Try another team's channel.",
    curl: `curl -sS "$GATEWAY/channels/support/api/v1/getMessages/5521988887777" -H "Authorization: Bearer $CALLER_TOKEN"`,
    lookAt:
      'Refused with 403 channel-forbidden, because the token allows "sales" only. Nothing reached Wati.',
  },
] as const

/** What stands on the screen while the demo runs. */
export function demoScreen({ sandbox, gateway, adminToken, callerToken }: DemoFacts): string {
  const lines = DEMO_CHANNELS.map(({ alias, number }) => `${alias} -> ${number}`).join(', ')
  const steps = DEMO_STEPS.flatMap(({ title, curl, lookAt }, index) => [
    `${index + 1}. ${title}`,
    '',
    curl,
    '',
    `   Look: ${lookAt}`,
    '',
  ])
  return [
    '',
    'The Wati channel gateway, all in this process. Ctrl-C ends it and leaves nothing behind.',
    '',
    `  a stand-in Wati   ${sandbox.url}   default number 85264318721`,
    `  the gateway       ${gateway.dataUrl}   channels ${lines}`,
    `  its control plane ${gateway.adminUrl}   with the admin page`,
    '',
    'Paste these into another terminal first:',
    '',
    `export WATI=${sandbox.url}`,
    `export GATEWAY=${gateway.dataUrl}`,
    `export ADMIN=${gateway.adminUrl}`,
    `export CALLER_TOKEN=${callerToken}`,
    `export ADMIN_TOKEN=${adminToken}`,
    '',
    ...steps,
    'As an admin: curl -sS "$ADMIN/v1/channels" -H "Authorization: Bearer $ADMIN_TOKEN"',
    '',
    `Or look: open ${gateway.adminUrl} in a browser, and sign in with ADMIN_TOKEN.`,
    '',
    '',
  ].join('\n')
}
