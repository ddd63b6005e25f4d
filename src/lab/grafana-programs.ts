// The packages that the lab makes itself of Grafana Labs' programs, laid out as the real ones are (their packaging, 3.4 to 13):
// paths, units, users, and what their installation does, its oddities included. Pure.

export const grafanaPrograms = ['alloy', 'grafana', 'loki', 'promtail'] as const
export type GrafanaProgram = (typeof grafanaPrograms)[number]

export interface PackagePlan {
  /** Where the program goes. */
  executable: string
  /** Further files by path. */
  files: Record<string, string>
  postinst: string
  depends: string[]
}

export function packagePlan(program: GrafanaProgram): PackagePlan {
  return plans[program]
}

/** Unlike Debian's own packages: a unit below /etc, started at once with what is shipped, and a user without a group of its own. */
function logProgram(program: 'loki' | 'promtail', config: string): PackagePlan {
  return {
    executable: `/usr/bin/${program}`,
    files: {
      [`/etc/${program}/config.yml`]: config,
      [`/etc/systemd/system/${program}.service`]: unit(
        program,
        `/usr/bin/${program} -config.file /etc/${program}/config.yml`,
      ),
    },
    postinst: `id ${program} > /dev/null 2>&1 || useradd --system --gid nogroup --home-dir /home/${program} --no-create-home --shell /bin/false ${program}
systemctl daemon-reload || :
systemctl unmask ${program} || :
systemctl enable ${program} || :
systemctl restart ${program} || :
`,
    depends: [],
  }
}

const plans: Record<GrafanaProgram, PackagePlan> = {
  loki: logProgram('loki', 'auth_enabled: false\nserver:\n  http_listen_port: 3100\n'),
  promtail: logProgram('promtail', 'server:\n  http_listen_port: 9080\n'),
  alloy: {
    executable: '/usr/bin/alloy',
    files: {
      '/etc/alloy/config.alloy': 'logging {\n  level = "warn"\n}\n',
      '/etc/default/alloy': 'CONFIG_FILE="/etc/alloy/config.alloy"\nCUSTOM_ARGS=""\nRESTART_ON_UPGRADE=true\n',
      '/usr/lib/systemd/system/alloy.service': unit(
        'alloy',
        '/usr/bin/alloy run $CUSTOM_ARGS --storage.path=/var/lib/alloy/data $CONFIG_FILE',
        'EnvironmentFile=/etc/default/alloy\nWorkingDirectory=/var/lib/alloy\n',
      ),
    },
    postinst: `getent group alloy > /dev/null || groupadd -r alloy
getent passwd alloy > /dev/null || useradd -m -r -g alloy -d /var/lib/alloy -s /sbin/nologin -c "alloy user" alloy
usermod -a -G adm,systemd-journal alloy
mkdir -p /var/lib/alloy/data
chown alloy:alloy /var/lib/alloy /var/lib/alloy/data
chmod 770 /var/lib/alloy /var/lib/alloy/data
chown root:alloy /etc/alloy
chmod 770 /etc/alloy
`,
    depends: [],
  },
  grafana: {
    executable: '/usr/share/grafana/bin/grafana',
    files: {
      '/etc/default/grafana-server': 'CONF_FILE=/etc/grafana/grafana.ini\nDATA_DIR=/var/lib/grafana\n',
      '/etc/grafana/grafana.ini': '# Everything is commented out in the real one.\n',
      '/usr/lib/systemd/system/grafana-server.service': unit(
        'grafana',
        '/usr/share/grafana/bin/grafana server --config=$' +
          '{CONF_FILE} --homepath=/usr/share/grafana --packaging=deb',
        'EnvironmentFile=/etc/default/grafana-server\nGroup=grafana\nWorkingDirectory=/usr/share/grafana\n',
      ),
    },
    postinst: `getent group grafana > /dev/null || groupadd -r grafana
getent passwd grafana > /dev/null || useradd -r -g grafana -d /usr/share/grafana -M -s /bin/false grafana
mkdir -p /var/log/grafana /var/lib/grafana
chown -R grafana:grafana /var/log/grafana /var/lib/grafana
`,
    depends: [],
  },
}

function unit(user: string, command: string, more = ''): string {
  return `[Unit]
Description=${user}
After=network-online.target

[Service]
User=${user}
Restart=on-failure
${more}ExecStart=${command}

[Install]
WantedBy=multi-user.target
`
}
