// Somebody else's manifest as a document: brief as people write it, with what was left behind said, and the same in the end.
import { describe, expect, it } from 'vitest'
import { importManifest } from '../../../src/spec/import-manifest.ts'
import { lineOf, read } from './given.ts'

const database = { host: '10.0.0.2', port: 5432, name: 'wiki', owner: 'wiki', additionaldbs: [] }
const entry = { domain: 'wiki.example.org', upstream: '10.0.0.3:8080' }
const manifest = {
  deployment_phases: [],
  network: { domain: 'Example.org', gateway: '10.0.0.1', outposts: {}, vlan: 7 },
  core_services: { dns: { ip: '10.0.0.9', hostname: 'dns.example.org', vmid: 1 } },
  services: {
    plain: { ip: '10.0.0.4', hostname: 'plain.example.org', enable: false, ports: [], depends_on: [] },
    wiki: {
      ip: '10.0.0.3',
      hostname: 'wiki.example.org',
      ports: [8080],
      depends_on: ['dns'],
      vmid: 2,
      interface: {
        db: database,
        dbs: { more: { ...database, name: 'more', additionaldbs: ['third'] } },
        proxy: entry,
        health: { liveness: 'true', interval: 30 },
      },
    },
    two: {
      ip: '10.0.0.5',
      hostname: 'two.example.org',
      interface: { proxy: { one: entry, other: { ...entry, path: '/x' } } },
    },
  },
}
const brief = `# yaml-language-server: $schema=.schema.json
# Imported from m.json. What the network has: machines, ports, databases, sign-on, proxy entries, health.
# Left behind, since nothing here reads it: deployment_phases, network.outposts, network.vlan, vmid of services.
apiVersion: homeostat/v1
kind: Manifest
metadata:
  name: example
spec:
  network:
    domain: Example.org
    gateway: 10.0.0.1
  core_services:
    dns:
      enable: true
      ip: 10.0.0.9
      hostname: dns.example.org
  services:
    plain:
      enable: false
      ip: 10.0.0.4
      hostname: plain.example.org
    wiki:
      enable: true
      ip: 10.0.0.3
      hostname: wiki.example.org
      ports:
        - 8080
      depends_on:
        - dns
      interface:
        db:
          host: 10.0.0.2
          port: 5432
          name: wiki
          owner: wiki
        dbs:
          more:
            host: 10.0.0.2
            port: 5432
            name: more
            owner: wiki
            additionaldbs:
              - third
        health:
          liveness: "true"
          interval: 30
        proxy:
          domain: wiki.example.org
          path: /
          upstream: 10.0.0.3:8080
    two:
      enable: true
      ip: 10.0.0.5
      hostname: two.example.org
      interface:
        proxy:
          one:
            domain: wiki.example.org
            path: /
            upstream: 10.0.0.3:8080
          other:
            domain: wiki.example.org
            path: /x
            upstream: 10.0.0.3:8080
`

const textOf = (source: unknown, name?: string) => importManifest('m.json', JSON.stringify(source), name).text ?? ''

describe('an imported manifest', () => {
  it('is what people would have written', () => {
    expect(textOf(manifest)).toBe(brief)
  })

  it('says the same as the one that it was made of', () => {
    const dropped = `apiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: m }\nspec: ${JSON.stringify(manifest)}\n`
    const said = (text: string) => read({ 'm.yaml': text }).desired
    expect(said(textOf(manifest)).issues).toEqual([])
    expect(said(textOf(manifest)).manifest).toEqual(said(dropped).manifest)
  })

  it.each([
    ['example.org', undefined, 'example'],
    ['lan', undefined, 'lan'],
    ['1.example.org', undefined, '"1"'],
    ['::1', undefined, 'manifest'],
    ['example.org', 'home', 'home'],
  ])('of %s with the name %s is called %s, and nothing was left behind', (domain, name, called) => {
    const text = textOf({ network: { domain } }, name)
    expect(text).toContain(`\nmetadata:\n  name: ${called}\n`)
    expect(text).not.toContain('Left behind')
  })

  it.each<[unknown, string[]]>([
    [{ network: {} }, ['m.json:1:2  network.domain: required: expected an IP address or a DNS name']],
    [[], ['m.json:1:1  : expected a map, found a list']],
    [
      { network: { domain: 'x' }, services: { 'bad name': { ip: '10.0.0.1', hostname: 'x' } } },
      [
        'm.json:1:39  services["bad name"]: this key is not allowed: expected a name of letters, digits, "-", "_" and ".", beginning with a letter or digit',
      ],
    ],
  ])('of %j is none, and why is told at its place', (source, problems) => {
    const { text, issues } = importManifest('m.json', JSON.stringify(source))
    expect(text).toBeUndefined()
    expect(issues.map(lineOf)).toEqual(problems)
  })

  it('of what is no JSON at all is none', () => {
    const { text, issues } = importManifest('m.json', '{')
    expect(text).toBeUndefined()
    expect(issues.map(({ file, line }) => [file, line])).toEqual([['m.json', 1]])
    expect(importManifest('m.json', '')).toMatchObject({ text: undefined })
  })
})
