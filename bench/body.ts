const VALUE = 'Ana, your order 4711 will arrive tomorrow between nine and noon'

/** A template send of exactly so many bytes (120 or more): many parameters of some hundred bytes. */
export function templateSend(bytes: number): string {
  const last = { name: 'last', value: '' }
  const parameters = [last]
  const send = { template_name: 'order_on_its_way', broadcast_name: 'orders', parameters }
  const missing = (): number => bytes - JSON.stringify(send).length
  while (missing() > 200) parameters.unshift({ name: `parameter_${parameters.length}`, value: VALUE })
  last.value = '.'.repeat(missing())
  return JSON.stringify(send)
}
