import { type Contestant, type Name, startContestant } from './contestants.ts'
import { faultOf, reachUpstream } from './rewritten.ts'
import { interleave } from './rounds.ts'
import { openScene } from './scene.ts'
const scene = await openScene((process.env['NODE_ARGS'] ?? '').split(' ').filter(Boolean))
const names = (process.argv[2] ?? 'gateway,http-proxy,node-undici,http-proxy-middleware,nginx,gateway-20k,nginx-20k').split(',') as Name[]
const contestants = new Map<Name, Contestant>()
for (const name of names) {
  const c = await startContestant(name, scene)
  contestants.set(name, c)
  const reached = await reachUpstream(c.load, scene.upstream)
  if (/gateway|nginx/.test(name)) console.log(name, faultOf(reached, c.load.body, name === 'gateway-many' ? '5500000099999' : undefined) ?? 'rewritten')
}
const found = await interleave(contestants, { rounds: Number(process.argv[3] ?? 3), seconds: Number(process.argv[4] ?? 3), warmUpSeconds: 3, folder: scene.folder, say: (l) => console.log(l) })
for (const [n, rounds] of found) { const r = rounds.map((x) => x.perSecond).sort((a, b) => a - b); console.log(n, r[r.length >> 1]?.toFixed(0), rounds.map((x) => `${x.p50}/${x.p99}`).join(' ')) }
await scene.close()
