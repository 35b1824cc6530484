import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import t from 'tap'
import { makeProgram } from '../../src/cli/program.ts'
import { run } from './command.ts'

const PAGE = readFileSync('docs/command-line.md', 'utf8')

interface Named {
  /** Without the program's own name, such as `accounts list`. */
  readonly name: string
  readonly command: Command
}

function allOf(command: Command, prefix = ''): Named[] {
  return command.commands.flatMap((one) => {
    const name = `${prefix}${one.name()}`
    return [{ name, command: one }, ...allOf(one, `${name} `)]
  })
}

const COMMANDS = allOf(makeProgram())
const LEAVES = COMMANDS.filter(({ command }) => command.commands.length === 0)

t.test('every command of the contract is there', async (t) => {
  const names = new Set(LEAVES.map(({ name }) => name))
  const wanted = [
    ...['list', 'show', 'put', 'delete', 'token'].map((verb) => `accounts ${verb}`),
    ...['list', 'show', 'put', 'delete', 'enable', 'disable'].map((verb) => `channels ${verb}`),
    ...['issue', 'list', 'revoke'].map((verb) => `tokens ${verb}`),
    ...['generate', 'rotate', 'show'].map((verb) => `keys ${verb}`),
    ...['serve', 'sandbox', 'demo', 'audit list', 'replicas', 'explain', 'check', 'doctor'],
    ...['diff', 'apply', 'export'],
  ]
  for (const name of wanted) t.ok(names.has(name), name)
})

t.test('every command has help that says what it does and names its flags', async (t) => {
  for (const { name, command } of COMMANDS) {
    const help = command.helpInformation()
    t.ok(command.description().length > 10, name)
    t.match(help, command.description().split(' ')[0] ?? '')
    for (const flag of command.options) t.match(help, flag.long ?? '', name)
    t.match(help, '--json', `${name} names the flags of all commands`)
  }
})

t.test('--help ends with exit code 0 and is on stdout', async (t) => {
  const names = ['', 'accounts', 'accounts put', 'tokens issue', 'apply', 'explain', 'doctor', 'serve']
  for (const name of names) {
    const { code, stdout, stderr } = await run([...name.split(' ').filter(Boolean), '--help'])
    t.equal(code, 0, name)
    t.match(stdout, new RegExp(`^Usage: wati-gateway ${name}`))
    t.equal(stderr, '')
  }
})

t.test('docs/command-line.md names every command with its flags, and no other', async (t) => {
  const rows = [...PAGE.matchAll(/^\| `([a-z ]+)[^|]*` \|/gm)].map(([, name = '']) => name.trim())
  t.same([...new Set(rows)].sort(), LEAVES.map(({ name }) => name).sort())
  const flags = new Set(COMMANDS.flatMap(({ command }) => command.options.map(({ long }) => long ?? '')))
  const globals = makeProgram().options.map(({ long }) => long ?? '')
  for (const flag of [...flags, ...globals]) t.match(PAGE, flag)
  const named = new Set([...PAGE.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag))
  for (const flag of named) t.ok([...flags, ...globals, '--token', '--help'].includes(flag), flag)
})
