#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a Slurm of one node for the time of this script, and makes shards by both files of examples/cluster: those of
# shards/ by an array with a gap that is filled later, those of shards-by-tasks/ by the tasks of one job; and those of
# shards-by-srun/ by srun alone. Then trains the backbone with two ranks of srun, and compares the losses with one process's.
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
srun --ntasks=2 --overcommit embedder --shard env --store shards-by-srun --list files.txt --weights yamnet.pt --threads 1 ||
  fail "srun's shards failed"
embedder --missing --store shards-by-srun || fail "shards of srun are missing"

synthesizer --out set --kinds dog,cat --clips-per-fold 2 --seconds 1 >/dev/null
cat >ranks.yaml <<'YAML'
data: {root: set}
folds: {train: [1, 2, 3], validation: [4], test: [5]}
backbone: {weights: yamnet.pt, train: last_blocks, train_blocks: 2, learning_rate: 1.0e-3}
training: {epochs: 3, batch_size: 4}
early_stopping: {enabled: false}
report: {enabled: false}
YAML
losses() { sed -n 's/.*"loss":\([0-9][0-9.e-]*\).*/\1/p' "experiments/$1/latest/metrics.jsonl"; }
trainer --config ranks.yaml --set name=one --threads 1 --ranks none >/dev/null || fail "one process failed"
if ! srun --ntasks=2 --overcommit trainer --config ranks.yaml --set name=two --threads 1 >two.out 2>two.err; then
  ! grep -q "without Gloo's headers" two.err || { echo "no ranks: this build has no Gloo"; exit 0; }
  cat two.err >&2
  fail "two ranks failed"
fi
echo "losses of one process: $(losses one | tr '\n' ' '), of two ranks by srun: $(losses two | tr '\n' ' ')"
paste <(losses one) <(losses two) | awk '{d = $1 - $2; if (d < 0) d = -d; if (!(d < 1e-4)) bad = 1} END {exit bad || NR != 3}' ||
  fail "the losses differ by more than 1e-4"
# A batch script is no task of srun: it is one process, though Slurm sets SLURM_PROCID and SLURM_NTASKS for it too.
sbatch --wait --ntasks=2 --overcommit --output=embed-batch.log \
  --wrap 'env | grep ^SLURM_ | sort; exec trainer --config ranks.yaml --set name=batch --threads 1' || fail "the batch script failed"
cmp <(losses one) <(losses batch) || fail "a batch script without srun did not train as one process"
