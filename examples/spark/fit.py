"""Fits a model over shards on Apache Spark: each task sums one shard with the command line.

    python fit.py x.npy y.csv model.safetensors --model plda --shards 8 --master 'local-cluster[2,1,2048]'

The folder of the parts, --work, is one that every executor sees, as the data are. A task that Spark runs twice
finds its part there, or makes it again.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

from pyspark import SparkContext, TaskContext

arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
arguments.add_argument("embeddings")
arguments.add_argument("labels")
arguments.add_argument("output")
arguments.add_argument("--model", default="plda")
arguments.add_argument("--shards", type=int, default=8)
arguments.add_argument("--work", default="parts")
arguments.add_argument("--master", help="default: what spark-submit says")
arguments.add_argument("--command", default="hackface-native", help="with words in front, such as 'node cli.js'")
arguments.add_argument("--lose-an-executor", action="store_true", help="kills one in the first round, as a test")
asked = arguments.parse_args()

command = asked.command.split()
data = ["-e", os.path.abspath(asked.embeddings), "-l", os.path.abspath(asked.labels)]
work = os.path.abspath(asked.work)
os.makedirs(work, exist_ok=True)


def part(number, shard):
    return os.path.join(work, f"round-{number}-part-{shard}.safetensors")


def sum_shard(shard, number, after, loses):
    """Runs on an executor, in a process of its own. Returns what the command says of the part."""
    words = [*command, "stats", "-m", asked.model, *data, "--shard", f"{shard}/{asked.shards}", "--threads", "1"]
    words += ["-o", part(number, shard), "--json"] + (["--after", *after] if after else [])
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if loses and TaskContext.get().attemptNumber() == 0:
        time.sleep(0.3)
        process.kill()
        # The Java process of the executor is the parent of the daemon that started this worker.
        with open(f"/proc/{os.getppid()}/stat") as stat:
            executor = int(stat.read().rsplit(")", 1)[1].split()[1])
        os.kill(executor, signal.SIGKILL)
    said, failure = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {said}{failure}")
    return {**json.loads(said), "attempt": TaskContext.get().attemptNumber(), "executor": os.getppid()}


def run(*words):
    return subprocess.run([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


context = SparkContext(master=asked.master, appName="hackface-native fit")
rounds = []
while True:
    number = len(rounds) + 1
    loses = asked.lose_an_executor and number == 1
    after = list(rounds)
    shards = context.parallelize(range(asked.shards), asked.shards)
    done = shards.map(lambda shard: sum_shard(shard, number, after, loses and shard == asked.shards // 2)).collect()
    again = sum(one["attempt"] > 0 for one in done)
    workers = len({one["executor"] for one in done})
    print(f"round {number}: {len(done)} shards by {workers} executors, {again} of them repeated", flush=True)
    merged = os.path.join(work, f"round-{number}.safetensors")
    names = [part(number, shard) for shard in range(asked.shards)]
    merge = run("merge", *names, "-o", merged, "-f", "--json")
    if merge.returncode != 0:
        sys.exit(merge.stdout + merge.stderr)
    rounds.append(merged)
    fit = run("fit", "--stats", *rounds, "-o", asked.output, "-f", "--json")
    if fit.returncode == 0:
        break
    if '"one more' not in fit.stdout + fit.stderr:
        sys.exit(fit.stdout + fit.stderr)
print(f"Spark {context.version}, {context.master}: {len(rounds)} rounds → {asked.output}", flush=True)
context.stop()
