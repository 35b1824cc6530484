const SEND = { template_name: 'order_on_its_way', broadcast_name: 'orders' }

/** A template send of exactly so many bytes: as many parameters as fit, the last of them as long as needed. */
export function templateSend(bytes: number): string {
  const parameters: { name: string; value: string }[] = []
  const print = (): string => JSON.stringify({ ...SEND, parameters })
  for (;;) {
    parameters.push({ name: `parameter_${parameters.length}`, value: '' })
    const missing = bytes - print().length
    const value = 'Ana, your order 4711 will arrive tomorrow between nine and noon'.slice(0, Math.max(0, missing))
    parameters[parameters.length - 1] = { name: `parameter_${parameters.length - 1}`, value }
    if (missing < 200) return filled(print(), bytes)
  }
}

/** JSON may be followed by white space, which nobody sends: the missing bytes go into the last value. */
function filled(json: string, bytes: number): string {
  const end = json.lastIndexOf('"}]')
  if (json.length > bytes || end === -1) throw new Error(`no template send has ${bytes} bytes`)
  return json.slice(0, end) + '.'.repeat(bytes - json.length) + json.slice(end)
}
