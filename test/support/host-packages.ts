// A repository of packages of our own on a lab host, which can go away.
import type { Lab } from '../../src/lab/lab.ts'

const folder = '/srv/test-packages'

export interface HostRepository {
  /** Puts a version of a package in it: one file, `/usr/share/NAME/version`. */
  add(name: string, version: string): Promise<void>
  /** Nothing is there any more, nor does apt know of anything. */
  vanish(): Promise<void>
}

/** Tells apt of it as of a place that packages are fetched from, into its cache. */
export async function hostRepository(lab: Lab, host: string): Promise<HostRepository> {
  await lab.shell(
    host,
    `mkdir -p ${folder} && : > ${folder}/Packages
    echo 'deb [trusted=yes] copy:${folder} ./' > /etc/apt/sources.list.d/test-packages.list`,
  )
  return {
    add: async (name, version) => {
      await lab.shell(host, buildOf(name, version))
    },
    vanish: async () => {
      await lab.shell(host, `rm -rf ${folder}; apt-get clean`)
    },
  }
}

/** As apt-ftparchive would write the index, which hosts do not have. */
function buildOf(name: string, version: string): string {
  return `set -e; cd ${folder}; mkdir -p r/DEBIAN r/usr/share/${name}; echo ${version} > r/usr/share/${name}/version
    printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: Lab <root@localhost>\\nDescription: of a test\\n' \
      ${name} '${version}' > r/DEBIAN/control
    deb=$(printf '%s_%s_all.deb' ${name} '${version}' | tr : .)
    dpkg-deb -Znone --root-owner-group --build r "$deb" > /dev/null; rm -r r
    { dpkg-deb -f "$deb"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" \
      "$(sha256sum < "$deb" | cut -d ' ' -f 1)"; } >> Packages
    apt-get -qq update`
}
