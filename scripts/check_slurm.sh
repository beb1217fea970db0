#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a Slurm of one node for the time of this script, and makes shards by both files of examples/cluster: those of
# shards/ by an array with a gap that is filled later, those of shards-by-tasks/ by the tasks of one job.
# Usage: scripts/check_slurm.sh FOLDER_OF_PROGRAMS FOLDER, where FOLDER has files.txt, yamnet.pt and what the list names.
# Needs Debian's slurm-wlm and munge, and root; without them it ends with code 77.
set -euo pipefail
bin=$(cd "$1" && pwd) work=$(cd "$2" && pwd)
examples=$(cd "$(dirname "$0")/../examples/cluster" && pwd)

[ "$(id -u)" = 0 ] || { echo "needs root, to start Slurm" >&2; exit 77; }
for program in munged slurmctld slurmd sbatch; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin
  command -v "$program" >/dev/null || { echo "needs Debian's slurm-wlm and munge ($program is missing)" >&2; exit 77; }
done

place=$(mktemp -d) host=$(hostname)
chmod 755 "$place"
stop() {
  for name in d ctld munge; do
    [ ! -s "$place/$name.pid" ] || kill "$(cat "$place/$name.pid")" 2>/dev/null || true
  done
  sleep 0.5
  rm -rf "$place"
}
trap stop EXIT

mkdir "$place/state" "$place/spool"
head -c 128 /dev/urandom >"$place/key" && chmod 600 "$place/key"
munged --force --key-file="$place/key" --socket="$place/munge.socket" --pid-file="$place/munge.pid" \
  --log-file="$place/munge.log" --seed-file="$place/munge.seed" 2>"$place/munge.err" ||
  { echo "munged does not start here: $(tail -1 "$place/munge.err")" >&2; exit 77; }
ports=$((20000 + RANDOM % 20000))
cat >"$place/slurm.conf" <<CONF
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$place/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/ctld.pid
SlurmdPidFile=$place/d.pid
SlurmctldLogFile=$place/ctld.log
SlurmdLogFile=$place/d.log
SlurmctldPort=$ports
SlurmdPort=$((ports + 1))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SwitchType=switch/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) Sockets=1 CoresPerSocket=$(nproc) ThreadsPerCore=1 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
export SLURM_CONF=$place/slurm.conf
slurmctld -c && slurmd || { echo "Slurm does not start here" >&2; exit 77; }
for ((i = 0; i < 50; ++i)); do sinfo --noheader --states=idle 2>/dev/null | grep -q idle && break || sleep 0.2; done
sinfo --noheader --states=idle | grep -q idle || { echo "Slurm's node does not become ready here" >&2; exit 77; }

cd "$work"
export PATH=$bin:$PATH TMPDIR=$work
fail() {
  echo "check_slurm: $1" >&2
  cat "$work"/embed-*.log >&2 || true
  exit 1
}
SHARDS=shards sbatch --wait --array=0,2 --export=ALL,N=4 "$examples/embed_array.sbatch" || fail "the array with a gap failed"
missing=$(embedder --missing --store shards | sed -n 's/^missing or damaged: //p' || true)
[ "$missing" = 1,3 ] || fail "missing are '$missing', not 1,3"
SHARDS=shards sbatch --wait --array="$missing" --export=ALL,N=4 "$examples/embed_array.sbatch" || fail "the rest failed"
embedder --missing --store shards || fail "shards are missing"
SHARDS=whole sbatch --wait --array=1-2 "$examples/embed_array.sbatch" || fail "the array without a gap failed"
embedder --missing --store whole || fail "shards of the array without a gap are missing"
tasks=$(($(nproc) < 2 ? 1 : 2))
SHARDS=shards-by-tasks sbatch --wait --ntasks=$tasks "$examples/embed_tasks.sbatch" || fail "the job of tasks failed"
embedder --missing --store shards-by-tasks || fail "shards of the tasks are missing"
