import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '#platform'
import { parse, parseAllDocuments } from 'yaml'

const root = join(__dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const apps = ['instances-api', 'webhook-gateway', 'poller', 'dispatcher'] as const

/** A YAML value to be looked into; a test reads what it then asserts. */
type Loose = { [key: string]: Loose } & Loose[]

/** Whether a process would take notice of the variable; the page is made from the table of settings. */
function isSetting(name: string): boolean {
  const patterns = [...read('docs/settings.md').matchAll(/^\| `([A-Z_<>]+)`/gm)].map(([, known = '']) => known)
  // `NODE_OPTIONS` is Node's own.
  return [...patterns, 'NODE_OPTIONS'].some(known => new RegExp(`^${known.replace('<KEY>', '[A-Z]+')}$`).test(name))
}

/** The port that a role listens on by itself. */
const portOf = (role: (typeof apps)[number]) => readSettings({}, role).port

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  test('runs any role as a user that is not root, and listens on every address', () => {
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "scripts\/start.mjs"\]$/m)
    expect(dockerfile).toMatch(/^USER 1000:1000$/m)
    expect(dockerfile).toMatch(/^ENV .*\bHOST=0\.0\.0\.0\b/m)
    expect(existsSync(join(root, 'scripts/start.mjs'))).toBe(true)
    for (const app of apps) expect(dockerfile).toMatch(new RegExp(`^EXPOSE .*\\b${String(portOf(app))}\\b`, 'm'))
  })

  test('is built from files that are there and not ignored', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap(line => (line.startsWith('!') ? line.slice(1) : []))
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    )
    expect(copied.length).toBeGreaterThan(5)
    for (const source of copied) {
      expect(existsSync(join(root, source))).toBe(true)
      expect(allowed).toContain(source.replace('./', ''))
    }
  })

  test('has neither sources nor development packages in it', () => {
    expect(dockerfile).toContain('npm prune --omit=dev')
    expect(dockerfile).not.toMatch(/^COPY --from=build \/app \S+$/m)
  })
})

describe('docker compose', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as Loose
  const services = compose['services']!

  test.each(apps)('%s runs its role on its port, after the migration, and says when it is ready', app => {
    const service = services[app]!
    expect(service['command']).toEqual([app])
    expect(service['environment']!['PORT']).toBe(String(portOf(app)))
    expect(service['depends_on']).toMatchObject({
      migrate: { condition: 'service_completed_successfully' },
      postgres: { condition: 'service_healthy' },
      kafka: { condition: 'service_healthy' },
    })
    expect(JSON.stringify(service['healthcheck']!['test'])).toContain('/health/ready')
    expect(service).toMatchObject({ read_only: true, init: true, cap_drop: ['ALL'] })
    expect(parseInt(String(service['stop_grace_period']))).toBeGreaterThan(28)
  })

  test('the API, the vendors’ door and the simulator can be reached from this machine only', () => {
    expect(Object.values(services).flatMap(service => service['ports'] ?? [])).toEqual([
      '127.0.0.1:8080:8080',
      '127.0.0.1:8081:8081',
      '127.0.0.1:8090:8090',
    ])
  })

  test('what is set is a setting, and what it is set to would be taken', () => {
    for (const service of ['migrate', ...apps]) {
      const environment = defaulted(services[service]!['environment']!)
      expect(Object.keys(environment).filter(name => !isSetting(name))).toEqual([])
      const settings = readSettings(environment, service === 'migrate' ? 'tool' : (service as (typeof apps)[number]))
      expect(settings.kafkaBrokers).toEqual(['kafka:9092'])
      expect(settings.masterKeys[0]?.key).toHaveLength(32)
      expect(settings.connectorBaseUrls).toEqual({
        intercom: 'http://simulator:8090',
        icontact: 'http://simulator:8090',
      })
    }
  })

  test('passwords and keys come from the environment, and their defaults say that they are for development', () => {
    const text = read('docker-compose.yml')
    for (const [, fallback = ''] of text.matchAll(/\$\{(?:POSTGRES_PASSWORD|MASTER_KEYS):-([^}]*)\}/g)) {
      const key = Buffer.from(fallback.split(':')[1] ?? '', 'base64').toString()
      expect(`${fallback} ${key}`).toMatch(/development/)
    }
    const passwords = [
      services['postgres']!['environment']!['POSTGRES_PASSWORD'],
      services['migrate']!['environment']!['DATABASE_URL'],
    ]
    for (const password of passwords) expect(String(password)).toContain('${POSTGRES_PASSWORD:-')
  })

  test('PostgreSQL and Kafka keep their data, each where its image has it', () => {
    expect(services['postgres']).toMatchObject({ image: 'postgres:18', volumes: ['postgres-data:/var/lib/postgresql'] })
    expect(services['kafka']!['environment']!['KAFKA_LOG_DIRS']).toBe('/var/lib/kafka/data')
    expect(services['kafka']).toMatchObject({
      image: 'apache/kafka:4.3.0',
      volumes: ['kafka-data:/var/lib/kafka/data'],
    })
  })
})

/** The environment as Compose gives it where nothing is set outside. */
function defaulted(environment: Loose): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\w+:?-([^}]*)\}/g, '$1'),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

const renderer = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
  [join(root, '.cache/bin/kustomize'), 'build'],
].find(([command = '']) => {
  try {
    execFileSync(command, ['--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

function documents(text: string): Loose[] {
  return parseAllDocuments(text).map(document => document.toJS() as Loose)
}

function asWritten(): Loose[] {
  const { resources } = parse(read('k8s/base/kustomization.yaml')) as { resources: string[] }
  return resources.flatMap(file => documents(read(join('k8s/base', file))))
}

function asRendered(folder: string): Loose[] {
  const [command = '', verb = ''] = renderer ?? []
  return documents(execFileSync(command, [verb, join(root, folder)], { encoding: 'utf8' }))
}

const pick = (manifests: Loose[], kind: string, name: string) => {
  const found = manifests.find(({ kind: k, metadata }) => String(k) === kind && String(metadata!['name']) === name)
  if (!found)
    throw new Error(
      `no ${kind} "${name}" among ${manifests.map(m => `${String(m['kind'])}/${String(m['metadata']!['name'])}`).join(', ')}`,
    )
  return found
}

const podOf = (workload: Loose) => workload['spec']!['template']!['spec']!

/** What has to hold of every container that runs the image. */
function expectRestricted(pod: Loose): void {
  expect(pod['securityContext']).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  expect(pod['automountServiceAccountToken']).toBe(false)
  for (const container of pod['containers']!) {
    expect(container['securityContext']).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(container['resources']).toMatchObject({ requests: { memory: expect.anything() as unknown }, limits: {} })
  }
}

function expectBase(manifests: Loose[]): void {
  for (const app of apps) {
    const deployment = pick(manifests, 'Deployment', app)
    const pod = podOf(deployment)
    const container = pod['containers']![0]!
    expect(container['args']).toEqual([app])
    expect(String(container['image'])).toMatch(/^tributary(:[\w.]+)?$/)
    expect(container['ports']).toEqual([{ name: 'http', containerPort: portOf(app) }])
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/health/live', port: 'http' } },
      livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
      readinessProbe: { httpGet: { path: '/health/ready', port: 'http' } },
    })
    // The process gives its probes two seconds, and itself 28 to drain, after the five in which requests still come.
    expect(container['readinessProbe']!['timeoutSeconds']).toBeGreaterThan(2)
    expect(pod['terminationGracePeriodSeconds']).toBeGreaterThan(33)
    expectRestricted(pod)
    const service = pick(manifests, 'Service', app)
    expect(service['spec']!['ports']).toEqual([{ name: 'http', port: 80, targetPort: 'http' }])
    expect(deployment['spec']!['template']!['metadata']!['labels']).toMatchObject(service['spec']!['selector']!)
    expect(deployment['spec']!['selector']!['matchLabels']).toEqual(service['spec']!['selector'])
  }
  const migration = podOf(pick(manifests, 'Job', 'migrate'))
  expect(migration['containers']![0]!['args']).toEqual(['migrate'])
  expectRestricted(migration)
}

describe.each([
  ['as written', asWritten],
  ['as rendered', () => asRendered('k8s/base')],
])('the base %s', (how, manifests) => {
  const promise = how === 'as written' || renderer ? test : test.skip

  promise('each app has a Deployment of its role, probes, a Service, and no rights it could do without', () => {
    expectBase(manifests())
  })

  promise('what vendors send goes to the gateway, all else to instances-api', () => {
    const { rules, tls } = pick(manifests(), 'Ingress', 'tributary')['spec'] as unknown as Loose
    const paths = rules![0]!['http']!['paths']!
    expect(paths.map(({ path, pathType, backend }) => [path, pathType, backend!['service']])).toEqual([
      ['/elements/api-v2/events', 'Prefix', { name: 'webhook-gateway', port: { name: 'http' } }],
      ['/', 'Prefix', { name: 'instances-api', port: { name: 'http' } }],
    ])
    expect(tls![0]!['hosts']).toEqual([rules![0]!['host']])
  })
})

test('the settings of the base are settings, and would be taken together with the Secret', () => {
  const lines = read('k8s/base/settings.env').trim().split('\n')
  const fromMap = Object.fromEntries(
    lines.map(line => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>
  const secret = (parse(read('k8s/base/secret.example.yaml')) as Loose)['stringData'] as unknown as Record<
    string,
    string
  >
  expect([...Object.keys(fromMap), ...Object.keys(secret)].filter(name => !isSetting(name))).toEqual([])
  const MASTER_KEYS = `a:${Buffer.alloc(32, 1).toString('base64')}`
  const settings = readSettings({ ...fromMap, ...secret, MASTER_KEYS }, 'dispatcher')
  expect(settings.publicUrl).toMatch(/^https:/)
  const { rules } = pick(asWritten(), 'Ingress', 'tributary')['spec'] as unknown as { rules: { host: string }[] }
  expect(new URL(settings.publicUrl).host).toBe(rules[0]?.host)
})

const rendered = renderer ? describe : describe.skip

rendered('rendered with what belongs together', () => {
  test('every app reads the map of settings that is there, and the one Secret', () => {
    const manifests = asRendered('k8s/base')
    const map = manifests.find(({ kind }) => String(kind) === 'ConfigMap')!['metadata']!['name']
    expect(String(map)).toMatch(/^tributary-settings-\w+$/)
    for (const workload of [
      ...apps.map(app => pick(manifests, 'Deployment', app)),
      pick(manifests, 'Job', 'migrate'),
    ]) {
      expect(podOf(workload)['containers']![0]!['envFrom']).toEqual([
        { configMapRef: { name: map } },
        { secretRef: { name: 'tributary-secrets' } },
      ])
    }
    expect(manifests.some(({ kind }) => String(kind) === 'Secret')).toBe(false)
  })

  test('in production each app is scaled by load, the dispatcher also by what is overdue', () => {
    const manifests = asRendered('k8s/overlays/production')
    expectBase(manifests)
    for (const app of apps) {
      const { scaleTargetRef, minReplicas } = pick(manifests, 'HorizontalPodAutoscaler', app)[
        'spec'
      ] as unknown as Loose
      expect([scaleTargetRef!['name'], minReplicas]).toEqual([app, 2])
      expect(pick(manifests, 'Deployment', app)['spec']).not.toHaveProperty('replicas')
      pick(manifests, 'PodDisruptionBudget', app)
    }
    const metrics = JSON.stringify(pick(manifests, 'HorizontalPodAutoscaler', 'dispatcher')['spec']!['metrics'])
    expect(metrics).toContain('tributary_oldest_due_delivery_seconds')
  })

  test('in production nothing reaches private addresses but the stores', () => {
    const { spec } = pick(asRendered('k8s/overlays/production'), 'NetworkPolicy', 'to-the-internet')
    const excepted = JSON.stringify(spec!['egress'])
    for (const range of [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      '127.0.0.0/8',
      '100.64.0.0/10',
    ]) {
      expect(excepted).toContain(`"${range}"`)
    }
    expect(JSON.stringify(spec!['podSelector'])).not.toContain('webhook-gateway')
  })

  test('the trial brings its own database and vendors, one of each app, and no ingress', () => {
    const manifests = asRendered('k8s/overlays/trial')
    for (const app of apps) expect(pick(manifests, 'Deployment', app)['spec']!['replicas']).toBe(1)
    pick(manifests, 'StatefulSet', 'postgresql')
    expectRestricted(podOf(pick(manifests, 'Deployment', 'simulator')))
    expect(manifests.some(({ kind }) => String(kind) === 'Ingress')).toBe(false)
    expect(new Set(manifests.flatMap(({ metadata }) => metadata!['namespace'] ?? []).map(String))).toEqual(
      new Set(['tributary-trial']),
    )
    const { data } = manifests.find(({ kind }) => String(kind) === 'ConfigMap') as unknown as {
      data: Record<string, string>
    }
    expect(
      readSettings(
        { ...data, DATABASE_URL: 'postgres://x', MASTER_KEYS: `a:${Buffer.alloc(32).toString('base64')}` },
        'poller',
      ).kafkaBrokers,
    ).toEqual([])
  })
})
