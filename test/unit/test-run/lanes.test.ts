// Work that is done side by side, and the order in which it is begun.
import { expect, test } from 'vitest'
import { inLanes } from '../../support/in-lanes.ts'
import { longestFirst } from '../../support/lab-files.ts'

const unexpected = (item: number): string => `stranded ${item}`

test('every item is done once, by a lane that does one at a time, and the results keep the order', async () => {
  const items = Array.from({ length: 20 }, (_, at) => at)
  const busy = new Set<string>()
  const begun: number[] = []
  const work = async (item: number, lane: string) => {
    expect(busy).not.toContain(lane)
    busy.add(lane)
    begun.push(item)
    for (let turn = 0; turn < item % 3; turn++) await Promise.resolve()
    busy.delete(lane)
    return `done ${item}`
  }
  const results = await inLanes(items, ['a', 'b', 'c'], work, unexpected)
  expect(results).toEqual(items.map((item) => `done ${item}`))
  expect(begun).toEqual(items)
})

test('a lane whose work throws does nothing more, and the others do what is left', async () => {
  const lanes: string[] = []
  const work = async (item: number, lane: string) => {
    if (item === 0) throw new Error('no')
    lanes.push(lane)
    return `done ${item}`
  }
  expect(await inLanes([0, 1, 2, 3], ['a', 'b'], work, unexpected)).toEqual([
    'stranded 0',
    'done 1',
    'done 2',
    'done 3',
  ])
  expect(lanes).toEqual(['b', 'b', 'b'])
})

test('what no lane is left for is told with the last cause', async () => {
  const work = (item: number) => Promise.reject(new Error(`broken by ${item}`))
  const stranded = (item: number, cause: unknown) => `${item}: ${(cause as Error).message}`
  expect(await inLanes([0, 1, 2], ['a', 'b'], work, stranded)).toEqual([
    '0: broken by 0',
    '1: broken by 1',
    '2: broken by 1',
  ])
})

test('the files that take longest are begun first, the others in their order', () => {
  const files = ['test/lab/a.test.ts', 'test/lab/controller-crash.test.ts', 'test/lab/catalog-logs.test.ts']
  expect(longestFirst(files)).toEqual([files[2], files[1], files[0]])
})
