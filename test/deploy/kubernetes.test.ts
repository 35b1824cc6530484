import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { readSettings } from '../../src/config.ts'
import { SettingsSchema } from '../../src/settings-schema.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, 'config/kubernetes')
const files = readdirSync(FOLDER)

/** What is looked at of these objects; which of it one has depends on its kind. */
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data: Record<string, string>
  readonly stringData: Record<string, string>
  readonly resources: string[]
  readonly spec: {
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: Pod }
    readonly replicas?: number
    readonly strategy: { readonly rollingUpdate: object }
    readonly selector: Selector
    readonly maxUnavailable: number
    readonly scaleTargetRef: object
    readonly minReplicas: number
    readonly maxReplicas: number
    readonly type?: string
    readonly ports: { readonly targetPort: string }[]
    readonly podSelector: Selector
    readonly policyTypes: string[]
    readonly ingress: { readonly from: Peer[]; readonly ports: { readonly port: string | number }[] }[]
    readonly egress: { readonly to: Peer[]; readonly ports: object[] }[]
  }
}

interface Selector {
  readonly matchLabels: object
}

interface Peer {
  readonly ipBlock?: { readonly except: string[] }
}

interface Pod {
  readonly containers: Container[]
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: object
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly automountServiceAccountToken: boolean
  readonly topologySpreadConstraints: { readonly labelSelector: Selector }[]
  readonly affinity: {
    readonly podAntiAffinity: {
      readonly preferredDuringSchedulingIgnoredDuringExecution: {
        readonly podAffinityTerm: { readonly labelSelector: Selector }
      }[]
    }
  }
}

interface Probe {
  readonly httpGet: object
  readonly periodSeconds: number
  readonly failureThreshold: number
}

interface Container {
  readonly image: string
  readonly envFrom: object[]
  readonly env: {
    readonly name: string
    readonly value?: string
    readonly valueFrom: { secretKeyRef: object }
  }[]
  readonly ports: { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly lifecycle?: object
  readonly securityContext: { readonly privileged?: boolean }
  readonly resources: { readonly requests: { cpu?: string }; readonly limits: { cpu?: string } }
  readonly volumeMounts: { readonly mountPath: string }[]
}

const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'), { strict: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join('; ')}`)
    return document.toJS() as Manifest
  }),
)

function only(kind: string, name = 'wati-gateway'): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name === name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${kind} ${name}`)
  return found[0]
}

const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const preset = readSettings({ JWT_SECRET: 'a secret that is long enough for HS256' })
const pod = only('Deployment').spec.template.spec
const gateway = pod.containers[0]!
const data = only('ConfigMap').data
const LABELS = { 'app.kubernetes.io/name': 'wati-gateway' }
const portOf = (name: string): number => gateway.ports.find((port) => port.name === name)?.containerPort ?? 0

t.test('every variable of the pods is a setting, and the settings are valid', async (t) => {
  const secret = only('Secret').stringData
  const named = [...Object.keys(data), ...gateway.env.map(({ name }) => name)]
  for (const name of [...named, ...Object.keys(secret)]) t.ok(name in SettingsSchema.properties, name)
  t.equal(new Set(named).size, named.length, 'none stands twice')
  t.same(
    gateway.env.map(({ name }) => name).sort(),
    Object.keys(secret).sort(),
    'the example of the secret holds what the pods take from it',
  )
  const given = {
    ...data,
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    JWT_SECRET: 'a secret that is long enough for HS256',
    REDIS_URL: 'rediss://user:password@redis.redis:6379',
  }
  t.equal(readSettings(given).SHUTDOWN_DELAY_MS, 10_000)
})

t.test('secrets are taken by reference, and none stands in the files', async (t) => {
  t.same(gateway.envFrom, [{ configMapRef: { name: 'wati-gateway' } }])
  for (const { name, value, valueFrom } of gateway.env) {
    t.equal(value, undefined, name)
    t.match(valueFrom.secretKeyRef, { name: 'wati-gateway', key: name })
  }
  for (const value of Object.values(only('Secret').stringData)) t.equal(value, '')
  for (const name of ['ENCRYPTION_KEYS', 'JWT_SECRET', 'REDIS_URL', 'OTEL_EXPORTER_OTLP_HEADERS'])
    t.notOk(name in data, `${name} is no ConfigMap's`)
})

t.test('the ports are those of the settings, and named alike everywhere', async (t) => {
  t.same([portOf('data'), portOf('admin')], [preset.PORT, preset.ADMIN_PORT])
  t.match(dockerfile, `EXPOSE ${portOf('data')} ${portOf('admin')}`)
  const targets = (name: string): string[] => only('Service', name).spec.ports.map((port) => port.targetPort)
  t.same(targets('wati-gateway'), ['data'], 'callers cannot reach the control plane through their service')
  t.same(targets('wati-gateway-admin'), ['admin'])
  for (const name of ['wati-gateway', 'wati-gateway-admin']) {
    const { spec } = only('Service', name)
    t.same(spec.selector, LABELS)
    t.notOk(spec.type === 'LoadBalancer' || spec.type === 'NodePort', 'it is not published')
  }
})

t.test('the probes ask what the gateway answers', async (t) => {
  const { startupProbe, livenessProbe, readinessProbe } = gateway
  for (const probe of [startupProbe, livenessProbe]) t.same(probe.httpGet, { path: '/healthz', port: 'data' })
  t.same(readinessProbe.httpGet, { path: '/readyz', port: 'data' })
  const unreadyMs = readinessProbe.periodSeconds * readinessProbe.failureThreshold * 1_000
  t.ok(unreadyMs <= Number(data['SHUTDOWN_DELAY_MS']), 'it serves on until it was noticed that it is unready')
})

t.test('a pod is given longer to stop than the gateway takes', async (t) => {
  const graceMs = pod.terminationGracePeriodSeconds * 1_000
  t.ok(graceMs >= Number(data['SHUTDOWN_TIMEOUT_MS']) + 5_000)
  t.ok(Number(data['SHUTDOWN_DELAY_MS']) < Number(data['SHUTDOWN_TIMEOUT_MS']))
  t.notOk(gateway.lifecycle, 'the gateway itself waits; a preStop hook would only add to it')
})

t.test("the process is the image's user and can change nothing but its volumes", async (t) => {
  const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? []
  t.match(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: Number(user),
    runAsGroup: Number(group),
    seccompProfile: { type: 'RuntimeDefault' },
  })
  t.match(gateway.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  t.notOk(gateway.securityContext.privileged || pod.hostNetwork || pod.hostPID)
  t.equal(pod.automountServiceAccountToken, false)
  const dataDir = / DATA_DIR=(\S+)/.exec(dockerfile)?.[1]
  t.same(gateway.volumeMounts.map(({ mountPath }) => mountPath).sort(), [dataDir, '/tmp'].sort())
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  t.equal(gateway.image, `wati-gateway:${version}`)
})

t.test('the control plane is for chosen namespaces only', async (t) => {
  const { podSelector, policyTypes, ingress, egress } = only('NetworkPolicy').spec
  t.same(podSelector.matchLabels, LABELS)
  t.same(policyTypes, ['Ingress', 'Egress'], 'what is not named is refused')
  const rulesOf = (port: string) => ingress.filter((rule) => rule.ports.some((one) => one.port === port))
  t.equal(ingress.length, 2)
  t.same(rulesOf('admin'), [
    {
      from: [{ namespaceSelector: { matchLabels: { 'wati-gateway/admin': 'true' } } }],
      ports: [{ protocol: 'TCP', port: 'admin' }],
    },
  ])
  t.same(rulesOf('data')[0]?.ports, [{ protocol: 'TCP', port: 'data' }])
  for (const rule of ingress)
    t.ok(rule.from.length > 0 && rule.ports.length > 0, 'none without sender or port')
  for (const rule of egress) t.ok(rule.to.length > 0 && rule.ports.length > 0, 'none without target or port')
  const internet = egress.find((rule) => rule.to[0]?.ipBlock)
  t.same(internet?.ports, [{ protocol: 'TCP', port: 443 }])
  t.ok(
    internet?.to[0]?.ipBlock?.except.includes('169.254.0.0/16'),
    "not the cloud's own service of credentials",
  )
})

t.test('the replicas stand apart, and are never all taken at once', async (t) => {
  const { replicas, strategy, selector } = only('Deployment').spec
  t.equal(replicas, undefined, "their number is the autoscaler's")
  t.same(strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
  const spread = pod.topologySpreadConstraints[0]!
  const near = pod.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]!
  t.match(spread, { topologyKey: 'topology.kubernetes.io/zone' })
  t.match(near.podAffinityTerm, { topologyKey: 'kubernetes.io/hostname' })
  const budget = only('PodDisruptionBudget').spec
  t.equal(budget.maxUnavailable, 1)
  for (const { matchLabels } of [
    selector,
    spread.labelSelector,
    near.podAffinityTerm.labelSelector,
    budget.selector,
  ])
    t.same(matchLabels, LABELS)
  t.same(only('Deployment').spec.template.metadata.labels, LABELS)
  const scaler = only('HorizontalPodAutoscaler').spec
  t.same(scaler.scaleTargetRef, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'wati-gateway' })
  t.ok(scaler.minReplicas >= 2 && scaler.maxReplicas > scaler.minReplicas)
  t.ok(gateway.resources.requests.cpu, 'without a request there is no share to scale by')
  t.notOk(gateway.resources.limits.cpu)
})

t.test('kustomization.yaml names every file, but for the example of the secret', async (t) => {
  const kustomization = manifests.find(({ kind }) => kind === 'Kustomization')
  const others = files.filter((file) => !['kustomization.yaml', 'secret.example.yaml'].includes(file))
  t.same(kustomization?.resources.sort(), others.sort())
})
