import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

/*
 * Run once before all tests: the programs they use are there, or one sentence says what to do.
 * Nothing is started here.
 */

/** Asked by Debian's packages before they start their service; 101 means "do not". */
const POLICY = '/usr/sbin/policy-rc.d'

ensureProgram('redis-server', 'redis-server')
ensureProgram('curl', 'curl')
ensureProgram('chromium', 'chromium')

/** Installs the Debian package of a program that is missing; ends the process where that cannot be done. */
function ensureProgram(name: string, debianPackage: string): void {
  if (isThere(name)) return
  const failure = canInstall() ? install(debianPackage) : 'this is not Debian, or not root'
  if (isThere(name)) return
  console.error(`The tests need ${name}, and it could not be installed (${failure}). Please install it.`)
  process.exit(1)
}

function isThere(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
}

/** Gives the end of what apt-get said. */
function install(debianPackage: string): string {
  const ours = !existsSync(POLICY)
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    aptGet('update', '-qq')
    const { stderr, error } = aptGet('install', '-y', '-qq', '--no-install-recommends', debianPackage)
    return error?.message ?? stderr.trim().slice(-300)
  } finally {
    if (ours) rmSync(POLICY, { force: true })
  }
}

function aptGet(...args: string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 })
}
