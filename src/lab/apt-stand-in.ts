// How the lab's hosts take a folder for Grafana Labs' repository, with nothing changed in what is deployed to them: apt fetches
// from that one host name out of the folder, and believes the lab's signature besides Grafana's. Both are real checks of apt's;
// a repository that was tampered with is refused there as anywhere.

/** Where the folder is mounted, read only, on every host. */
export const grafanaMount = '/srv/grafana'

/** The address that the folder stands for. */
export const grafanaAddress = 'https://apt.grafana.com'

/** `/etc/apt/apt.conf.d` of every host. */
export const aptSettings = `// The lab stands in for ${grafanaAddress}: see ${grafanaMount}.
Dir::Bin::Methods::https "${grafanaMount}/apt/https";
APT::Key::gpgvcommand "${grafanaMount}/apt/gpgv";
`

/** By name below `apt/` of the folder. */
export const aptPrograms: Record<string, string> = {
  gpgv: `#!/bin/sh
# Verifies as ever, with one more key: nobody here can sign with Grafana's.
exec /usr/bin/gpgv --keyring ${grafanaMount}/apt/lab.gpg "$@"
`,
  https: `#!/bin/sh
# apt's way to fetch, for one address and out of a folder (apt's doc/method.dbk).
printf '100 Capabilities\\nVersion: 1.0\\nSingle-Instance: true\\nSend-Config: false\\n\\n'
uri=
while IFS= read -r line; do
  case $line in
    'URI: '*) uri=\${line#URI: } ;;
    'Filename: '*) target=\${line#Filename: } ;;
    '')
      [ -n "$uri" ] || continue
      case $uri in
        ${grafanaAddress}/*) source=${grafanaMount}/repository/\${uri#${grafanaAddress}/} ;;
        *) source= ;;
      esac
      if [ -f "$source" ]; then
        size=$(stat -c %s "$source")
        printf '200 URI Start\\nURI: %s\\nSize: %s\\n\\n' "$uri" "$size"
        cp -- "$source" "$target"
        printf '201 URI Done\\nURI: %s\\nFilename: %s\\nSize: %s\\n' "$uri" "$target" "$size"
        printf 'SHA256-Hash: %s\\n\\n' "$(sha256sum < "$source" | cut -d ' ' -f 1)"
      else
        printf '400 URI Failure\\nURI: %s\\nMessage: the lab has no %s\\n\\n' "$uri" "$uri"
      fi
      uri=
      ;;
  esac
done
`,
}
