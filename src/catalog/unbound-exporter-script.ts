// The script behind the unbound exporter: one HTTP request on standard input, one answer on standard output. Names of metrics are
// those of unbound_exporter (github.com/letsencrypt/unbound_exporter), so that its dashboards and rules fit.
import { ETC } from './unbound-config.ts'

/** unbound's names for its numbers (man unbound-control, "EXTENDED STATISTICS") → metrics; per thread and for all. */
const PER_THREAD = `
num.queries queries_total counter
num.cachehits cache_hits_total counter
num.cachemiss cache_misses_total counter
num.prefetch prefetches_total counter
num.expired expired_total counter
num.recursivereplies recursive_replies_total counter
requestlist.exceeded request_list_exceeded_total counter
requestlist.overwritten request_list_overwritten_total counter
requestlist.current.all request_list_current_all gauge
requestlist.current.user request_list_current_user gauge
`

const TOGETHER = `
total.recursion.time.avg recursion_time_seconds_avg gauge
total.recursion.time.median recursion_time_seconds_median gauge
time.now time_now_seconds gauge
time.up time_up_seconds_total counter
time.elapsed time_elapsed_seconds counter
num.answer.secure answers_secure_total counter
num.answer.bogus answers_bogus counter
num.rrset.bogus rrset_bogus_total counter
num.query.tcp query_tcp_total counter
num.query.tcpout query_tcpout_total counter
num.query.udpout query_udpout_total counter
num.query.tls query_tls_total counter
num.query.https query_https_total counter
num.query.ipv6 query_ipv6_total counter
num.query.edns.present query_edns_present_total counter
num.query.edns.DO query_edns_DO_total counter
unwanted.queries unwanted_queries_total counter
unwanted.replies unwanted_replies_total counter
msg.cache.count msg_cache_count gauge
rrset.cache.count rrset_cache_count gauge
infra.cache.count infra_cache_count counter
`

/** The last part of the name is a label. */
const LABELLED = `
num.answer.rcode answer_rcodes_total counter rcode
num.query.type query_types_total counter type
num.query.class query_classes_total counter class
num.query.opcode query_opcodes_total counter opcode
num.query.flags query_flags_total counter flag
mem.cache memory_caches_bytes gauge cache
mem.mod memory_modules_bytes gauge module
`

export const exporterScript = `#!/bin/sh
# Written by Homeostat; a change made here is put back.
# One HTTP request on standard input, one answer on standard output: what unbound counts, in Prometheus' text format.
export LC_ALL=C
control=\${UNBOUND_CONTROL:-/usr/sbin/unbound-control}
# A line is: a number of unbound, the metric, its type and, where the number's last part is one, the label.
export per_thread='${PER_THREAD.trim()}' together='${TOGETHER.trim()}' labelled='${LABELLED.trim()}'

answer() {
  printf 'HTTP/1.1 %s\\r\\nContent-Type: text/plain; version=0.0.4\\r\\nConnection: close\\r\\n\\r\\n' "$1"
}

metrics() {
  awk -F = '
    function table(text, known,   lines, count, line, i) {
      count = split(text, lines, "\\n")
      for (i = 1; i <= count; i++) if (split(lines[i], line, " ") >= 3) known[line[1]] = lines[i]
    }
    function add(entry, labels,   part) {
      split(entry, part, " ")
      if (!(part[2] in text)) {
        order[++metrics] = part[2]
        text[part[2]] = "# TYPE unbound_" part[2] " " part[3] "\\n"
      }
      text[part[2]] = text[part[2]] "unbound_" part[2] labels " " $2 "\\n"
    }
    BEGIN {
      table(ENVIRON["per_thread"], threads)
      table(ENVIRON["together"], plain)
      table(ENVIRON["labelled"], groups)
    }
    $1 ~ /^thread[0-9]+[.]/ {
      dot = index($1, ".")
      name = substr($1, dot + 1)
      if (name in threads) add(threads[name], "{thread=\\"" substr($1, 7, dot - 7) "\\"}")
      next
    }
    $1 ~ /^histogram[.]/ {
      split($1, edge, "[.]to[.]")
      responses += $2
      buckets = buckets "unbound_response_time_seconds_bucket{le=\\"" edge[2] + 0 "\\"} " responses "\\n"
      next
    }
    $1 == "total.recursion.time.avg" { average = $2 }
    $1 in plain { add(plain[$1], ""); next }
    match($1, /[.][A-Za-z0-9_]+$/) {
      group = substr($1, 1, RSTART - 1)
      if (group in groups) {
        split(groups[group], part, " ")
        add(groups[group], "{" part[4] "=\\"" substr($1, RSTART + 1) "\\"}")
      }
    }
    END {
      for (i = 1; i <= metrics; i++) printf "%s", text[order[i]]
      print "# TYPE unbound_response_time_seconds histogram"
      printf "%s", buckets
      print "unbound_response_time_seconds_bucket{le=\\"+Inf\\"} " responses + 0
      print "unbound_response_time_seconds_sum " average * responses
      print "unbound_response_time_seconds_count " responses + 0
    }
  '
}

read -r method path _ || exit 0
lines=0
carriage_return=$(printf '\\r')
while [ "$lines" -lt 100 ] && IFS= read -r line && [ -n "\${line%"$carriage_return"}" ]; do
  lines=$((lines + 1))
done

case "$method $path" in
  'GET /metrics' | 'GET /metrics'\\?*) ;;
  *)
    answer '404 Not Found'
    printf 'there is /metrics here, and nothing else\\n'
    exit 0
    ;;
esac

if statistics=$(timeout 5 "$control" -c '${ETC}/unbound.conf' stats_noreset 2>&1); then
  answer '200 OK'
  printf '# TYPE unbound_up gauge\\nunbound_up 1\\n'
  printf '%s\\n' "$statistics" | metrics
else
  printf 'unbound-control: %s\\n' "$statistics" >&2
  answer '200 OK'
  printf '# TYPE unbound_up gauge\\nunbound_up 0\\n'
fi
`
