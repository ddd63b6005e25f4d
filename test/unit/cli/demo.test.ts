// What the demo says of itself: only what is deployed.
import { expect, test } from 'vitest'
import { standIns } from '../../../src/cli/demo.ts'

const source = (program: string, kind: 'real package' | 'stand-in') => ({ program, kind, version: '1' })

test('stand-ins are named that are deployed, and those who are played by the lab', () => {
  const sources = [source('alloy', 'stand-in'), source('loki', 'real package'), source('promtail', 'stand-in')] as never
  expect(standIns(sources, new Set(['alloy', 'loki', 'mail-relay']))).toEqual(['alloy', 'the mail server'])
  expect(standIns(sources, new Set(['loki']))).toEqual([])
})
