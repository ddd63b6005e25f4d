// What watches files on a host, run here: which changes it tells, and which not.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, expect, test } from 'vitest'

const program = new URL('../../../src/driver/systemd/scripts/watch.pl', import.meta.url).pathname
const scratch = mkdtempSync(join(tmpdir(), 'homeostat-watch-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const running: ChildProcessWithoutNullStreams[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill()
})

let places = 0
const component = (at: number) => `test-${process.pid}-${at}`

/** Watches paths below a directory of its own, each as the group of its place in the list. */
async function watch(before: string, ...paths: string[]) {
  const place = join(scratch, `${++places}`)
  mkdirSync(place)
  const change = (script: string) => execFileSync('sh', ['-ec', script], { cwd: place })
  change(before)
  const child = spawn('perl', [program, ...paths.flatMap((path, at) => [`${at}`, component(at), join(place, path)])])
  running.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done || value !== '') return value
    }
  }
  expect(await next()).toBe('ready')
  let last: string | undefined
  /** That the next line says so. What was told before may be told once more, where the change and the reading of it were slow. */
  const tells = async (line: string) => {
    let said = await next()
    while (said === last && said !== line) said = await next()
    expect(said).toBe(line)
    last = line
  }
  return { child, change, next, tells }
}

test('a directory is watched with all that is in it, a file outside alone', async () => {
  const { change, tells } = await watch('mkdir etc data; echo 1 > data/f', 'etc', 'data/f')
  change('echo 1 > etc/new')
  await tells('+ 0')
  change('echo 2 > data/beside; rm data/beside; echo 2 > data/f')
  await tells('+ 1')
  change('chmod 600 etc/new')
  await tells('+ 0')
})

test.each([
  ['replaced, as sed -i does it', 'sed -i s/1/2/ data/f', 'echo 3 > data/f'],
  ['removed and made anew', 'rm data/f', 'echo 3 > data/f'],
  ['moved away with its directory', 'mv data other', 'mkdir data; echo 3 > data/f'],
  ['given another mode', 'chmod 600 data/f', 'rm -r data'],
])('a file that is %s is told, and watched further', async (_, one, two) => {
  const { change, tells } = await watch('mkdir data; echo 1 > data/f', 'data/f')
  for (const script of [one, two]) {
    change(script)
    await tells('+ 0')
  }
})

test('what is not there yet is told when it comes', async () => {
  const { change, tells } = await watch(':', 'a/b/c')
  for (const script of ['mkdir -p a/b', 'echo 1 > a/b/c', 'echo 2 > a/b/c']) {
    change(script)
    await tells('+ 0')
  }
})

test('links are followed wherever they lead, and told when they lead elsewhere', async () => {
  const { change, tells } = await watch(
    'mkdir v1 v2; echo 1 > v1/f; echo 1 > v2/f; mkdir links; ln -s ../v1 links/now; ln -s links/now etc; ln -s loop loop',
    'etc/f',
    'loop/f',
  )
  for (const script of ['echo 2 > v1/f', 'ln -sfnT ../v2 links/now', 'echo 2 > v2/f']) {
    change(script)
    await tells('+ 0')
  }
})

test('a storm is told a few times, and its end is', async () => {
  const { change, next, child } = await watch('mkdir etc', 'etc')
  let told = 0
  const count = async () => {
    for (let line = await next(); line !== undefined; line = await next()) told += 1
  }
  const counted = count()
  const startedAt = performance.now()
  change('i=0; while [ $i -lt 2000 ]; do echo $i > etc/f; i=$((i + 1)); done')
  const most = 2 + Math.ceil((performance.now() - startedAt) / 200)
  await expect.poll(() => told, { timeout: 60_000 }).toBeGreaterThan(1)
  child.kill()
  await counted
  expect(told).toBeLessThanOrEqual(most)
})

/** No file of the process has a number from this on: with none left it gets no second instance of inotify. */
function limitFiles({ pid }: ChildProcessWithoutNullStreams, limit: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`])
}

test('where paths cannot be followed anew, that is said once, the others stay watched, and it is tried again', {
  timeout: 120_000,
}, async () => {
  const { change, next, child } = await watch('mkdir etc data; echo 1 > data/f', 'etc', 'data/f')
  const said: string[] = []
  const until = async (line: string) => {
    do said.push((await next()) ?? 'it has ended')
    while (said.at(-1) !== line && said.at(-1) !== 'it has ended')
    expect(said.at(-1)).toBe(line)
  }
  const open = new Set(readdirSync(`/proc/${child.pid}/fd`))
  let free = 0
  while (open.has(`${free}`)) free += 1
  limitFiles(child, free)
  change('mv etc old; mkdir etc')
  await until('! files cannot be watched: Too many open files; that is tried again, at least once a minute')
  await until('+ 0')
  change('mv etc older; mkdir etc; echo 2 > data/f')
  await until('+ 1')
  limitFiles(child, 64)
  // By itself, without a change: who knows what happened meanwhile.
  await until('+ 0')
  await until('+ 1')
  change('echo 1 > etc/f')
  await until('+ 0')
  expect(said.filter((line) => line.startsWith('!'))).toHaveLength(1)
})

test.skipIf(process.getuid?.() !== 0)('what our own operation does to its component is not told', async () => {
  const flag = `/run/homeostat-changing-${component(0)}`
  const { change, tells } = await watch('mkdir ours theirs', 'ours', 'theirs')
  mkdirSync(flag)
  try {
    change('echo 1 > ours/f; echo 1 > theirs/f')
    await tells('+ 1')
  } finally {
    rmSync(flag, { recursive: true })
  }
  change('echo 2 > ours/f')
  await tells('+ 0')
})
