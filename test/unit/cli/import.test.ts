// `homeostat import manifest`: NixMox's own manifest becomes a document, and what is wrong with another is told at its place.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { stateDir } from '../../support/cli.ts'

const nixmox = new URL('../../fixtures/spec/nixmox-service-manifest.json', import.meta.url).pathname

const nix = `let domain = "example.org"; in {
  network = { inherit domain; vlan_tag = 99; outposts.radius.shared_secret = "s3cret"; };
  core_services = { };
  services.wiki = {
    ip = "192.0.2.6"; hostname = "wiki-1.\${domain}"; ports = [ 8080 ]; vmid = 7;
    interface.proxy = { domain = "wiki.\${domain}"; upstream = "192.0.2.6:8080"; };
  };
}
`

describe('a service manifest', () => {
  it('of NixMox comes to the same as when it is dropped in', async () => {
    await using dir = await stateDir()
    const { out, err, exitCode } = await dir.run(['import', 'manifest', nixmox])
    expect([err, exitCode]).toEqual(['', 0])
    const document = `apiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: nixmox }\nspec: ${await readFile(nixmox, 'utf8')}`
    const imported = readDesiredState({ 'm.yaml': out }, {}, catalog).desired
    const dropped = readDesiredState({ 'm.yaml': document }, {}, catalog).desired
    expect(imported.issues).toEqual([])
    expect(imported.manifest).toEqual(dropped.manifest)
    expect(out.split('\n').slice(0, 5)).toEqual([
      '# yaml-language-server: $schema=.schema.json',
      '# Imported from nixmox-service-manifest.json. What the network has: machines, ports, databases, sign-on, proxy entries, health.',
      expect.stringMatching(
        /^# Left behind, since nothing here reads it: deployment_phases, .*network\.outposts, network\.ssh_keys, .*vmid of services/,
      ),
      'apiVersion: homeostat/v1',
      'kind: Manifest',
    ])
    expect(out).toContain('\n  name: nixmox\n')
    expect(out).not.toContain('shared_secret')
  })

  it('is written to a file, once', async () => {
    await using dir = await stateDir()
    const words = ['import', 'manifest', nixmox, '-o', 'manifest.yaml', '--name', 'lan']
    expect(await dir.run(words)).toEqual({ out: '', err: 'wrote manifest.yaml\n', exitCode: 0 })
    const path = join(dir.path, 'manifest.yaml')
    const written = await readFile(path, 'utf8')
    expect(written).toContain('\n  name: lan\n')
    await writeFile(path, 'mine')
    await expect(dir.run(words)).rejects.toThrow('cannot write manifest.yaml: it is there already; --force replaces it')
    expect(await readFile(path, 'utf8')).toBe('mine')
    await dir.run([...words, '--force'])
    expect(await readFile(path, 'utf8')).toBe(written)
  })

  it('that is wrong is told at its place, and nothing is written', async () => {
    await using dir = await stateDir()
    const bad = join(dir.path, 'bad.json')
    await writeFile(
      bad,
      '{\n  "network": { "domain": "example.org" },\n  "services": {\n    "a": { "ip": "10.0.0.300" } }\n}\n',
    )
    const { out, err, exitCode } = await dir.run(['import', 'manifest', bad, '-o', 'm.yaml'])
    expect(out.split('\n')).toEqual([
      'bad.json:4:18  services.a.ip: expected an IP address, for instance 127.0.0.1 or ::1',
      'bad.json:4:5  services.a.hostname: required: expected an IP address or a DNS name',
      '',
    ])
    expect([err, exitCode]).toEqual([`2 problems in ${bad}: nothing was written\n`, 1])
    await expect(readFile(join(dir.path, 'm.yaml'))).rejects.toThrow('ENOENT')
  })

  it('that is not there, or is no manifest at all, is an error', async () => {
    await using dir = await stateDir()
    await expect(dir.run(['import', 'manifest', 'nowhere.json'])).rejects.toThrow(/cannot read .*nowhere\.json/)
    await writeFile(join(dir.path, 'x.json'), '{')
    expect(await dir.run(['import', 'manifest', 'x.json'])).toMatchObject({ exitCode: 1 })
    await expect(dir.run(['import', 'manifest', nixmox, '--name', 'A b'])).rejects.toThrow('--name A b: expected')
  })
})

describe('a .nix file', () => {
  it('is evaluated where Nix is installed', async (context) => {
    if (spawnSync('nix-instantiate', ['--version']).error !== undefined)
      context.skip('nix-instantiate is not here (Debian: nix-bin): the evaluation of .nix files was NOT CHECKED')
    await using dir = await stateDir()
    await writeFile(join(dir.path, 'service-manifest.nix'), nix)
    const { out } = await dir.run(['import', 'manifest', 'service-manifest.nix'], { env: { PATH: process.env.PATH } })
    expect(out.split('\n').slice(2)).toEqual([
      '# Left behind, since nothing here reads it: network.outposts, network.vlan_tag, vmid of services.',
      'apiVersion: homeostat/v1',
      'kind: Manifest',
      'metadata:',
      '  name: example',
      'spec:',
      '  network:',
      '    domain: example.org',
      '  core_services: {}',
      '  services:',
      '    wiki:',
      '      enable: true',
      '      ip: 192.0.2.6',
      '      hostname: wiki-1.example.org',
      '      ports:',
      '        - 8080',
      '      interface:',
      '        proxy:',
      '          domain: wiki.example.org',
      '          path: /',
      '          upstream: 192.0.2.6:8080',
      '',
    ])
    await writeFile(join(dir.path, 'bad.nix'), '{ a = ')
    await expect(dir.run(['import', 'manifest', 'bad.nix'], { env: { PATH: process.env.PATH } })).rejects.toThrow(
      /nix-instantiate cannot evaluate .*bad\.nix: .*syntax error/s,
    )
  })

  it('says what to do where it is not', async () => {
    await using dir = await stateDir()
    await expect(dir.run(['import', 'manifest', 'a.nix'], { env: { PATH: '/nowhere' } })).rejects.toThrow(
      'Install it (Debian: apt-get install nix-bin), or evaluate the file where it is',
    )
  })
})
