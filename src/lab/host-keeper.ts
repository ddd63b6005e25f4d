// The process that keeps one host running: a small shell script, detached, which outlives the command that started it.
// It boots the host, boots it again when it asked for a reboot, and ends when the host is off.

/** nspawn's way to say "the container wants to boot again" (systemd-nspawn(1), Exit status). */
const rebootStatus = 133

/** Where the scripts find things; every value is a path or name without blanks. */
export interface KeeperSettings {
  state: string
  runtime: string
  image: string
  repository: string
  repositoryMount: string
  /** Packages of Grafana Labs, or what stands in for them. */
  grafana: string
  grafanaMount: string
  machine: string
  bridge: string
  group: string
  cgroupTrees: string[]
}

/**
 * The keeper. It runs in the lab's network namespace and in a mount namespace of its own: what it mounts is seen by
 * nobody else and is gone when it and its host are, also after SIGKILL.
 */
export function keeperScript(settings: KeeperSettings): string {
  const { state, runtime, image, machine } = settings
  return `# Keeps the lab host ${machine} running.
${introduction(settings)}
join keeper
identify ${runtime}/keeper.pid
mkdir -p /run/systemd/nspawn ${state}/upper ${state}/work ${state}/root || exit 71
mount -t tmpfs -o mode=755 lab /run/systemd/nspawn || exit 72
mount -t overlay -o lowerdir=${image},upperdir=${state}/upper,workdir=${state}/work lab ${state}/root || exit 73
if [ ! -e ${state}/seeded ]; then
  tar -C ${state}/seed -cf - . | tar -C ${state}/root -xpf - --no-overwrite-dir --numeric-owner || exit 74
  touch ${state}/seeded
fi
while :; do
  sh ${runtime}/boot.sh
  status=$?
  [ $status = ${rebootStatus} ] || break
done
echo "the host is off: systemd-nspawn ended with $status"
rm -f ${runtime}/machine.pid ${runtime}/keeper.pid
`
}

/** One boot of the host; nspawn takes the place of this shell, so the identity is on file before anything runs. */
export function bootScript(settings: KeeperSettings): string {
  const { state, runtime, repository, repositoryMount, grafana, grafanaMount, machine, bridge } = settings
  return `# Boots the lab host ${machine} once.
${introduction(settings)}
join machine
identify ${runtime}/machine.pid
# The kernel takes the network of a killed host down some time after its processes; the name is needed now.
ip link delete vb-${machine} 2> /dev/null
exec systemd-nspawn --quiet --settings=no --directory=${state}/root --boot --machine=${machine} \\
  --register=no --keep-unit --network-bridge=${bridge} --bind-ro=${repository}:${repositoryMount} \\
  --bind-ro=${grafana}:${grafanaMount} \\
  --resolv-conf=off --timezone=off --link-journal=no --console=read-only
`
}

/** Shared by both: `identify FILE` writes who this process is, `join NAME` enters a control group of the host's own. */
function introduction({ group, cgroupTrees }: KeeperSettings): string {
  return `set -u
identify() {
  # Shifted by one by the file name: the start time, field 22 of stat, is 23.
  set -- "$1" $(cat /proc/$$/stat)
  printf '%s %s %s\\n' $$ "\${23}" "$(cat /proc/sys/kernel/random/boot_id)" > "$1.new" && mv "$1.new" "$1"
}
join() {
  # The group is there already, unless the lab was taken down meanwhile: then nothing must begin here.
  for tree in ${cgroupTrees.join(' ')}; do
    echo $$ > "$tree/${group}/$1/cgroup.procs" || exit 70
  done
}`
}
