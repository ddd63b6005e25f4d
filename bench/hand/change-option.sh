#!/bin/sh
# What a careful person's script does to change one option of Prometheus: write the new configuration beside the old one, check it,
# put it in place at once, reload. One round trip over an OpenSSH ControlMaster that is already there.
# Usage: change-option.sh SSH_CONFIG HOST EVALUATION_INTERVAL <prometheus.yml
set -e
sed "s/^\( *evaluation_interval:\).*/\1 $3/" | ssh -F "$1" "$2" '
  set -e
  cd /etc/homeostat/prometheus
  umask 027
  cat >.prometheus.yml.new
  chown root:prometheus .prometheus.yml.new
  chmod 0640 .prometheus.yml.new
  promtool check config .prometheus.yml.new >/dev/null
  sync .prometheus.yml.new
  mv .prometheus.yml.new prometheus.yml
  systemctl reload prometheus
'
