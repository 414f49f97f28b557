"""Judges every pair of a set over shards on Apache Spark: each task counts one shard with the command line.

    python all_pairs.py x.npy y.csv figures.json --shards 8 --master 'local-cluster[2,1,2048]'

The folder of the parts, --work, is one that every executor sees, as the data are. A task that Spark runs twice
finds its part there, goes on from it, or counts it again.
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
arguments.add_argument("--options", default="", help="of the evaluation, such as '-m euclidean --at-far 1e-4'")
arguments.add_argument("--shards", type=int, default=8)
arguments.add_argument("--work", default="parts")
arguments.add_argument("--master", help="default: what spark-submit says")
arguments.add_argument("--command", default="hackface-native", help="with words in front, such as 'node cli.js'")
arguments.add_argument("--lose-an-executor", action="store_true", help="kills one in the middle of a shard, as a test")
asked = arguments.parse_args()

work = os.path.abspath(asked.work)
os.makedirs(work, exist_ok=True)
evaluate = [*asked.command.split(), "evaluate", "--all-pairs", *asked.options.split(), "--json"]
evaluate += ["-e", os.path.abspath(asked.embeddings), "-l", os.path.abspath(asked.labels)]
parts = [os.path.join(work, f"pairs-{shard}.part") for shard in range(asked.shards)]


def count_shard(shard):
    """Runs on an executor, in a process of its own. Returns what the command says of the part."""
    words = [*evaluate, "--shard", f"{shard}/{asked.shards}", "--threads", "1", "-o", parts[shard]]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    attempt = TaskContext.get().attemptNumber()
    if asked.lose_an_executor and shard == asked.shards // 2 and attempt == 0:
        time.sleep(0.3)
        process.kill()
        # The Java process of the executor is the parent of the daemon that started this worker.
        with open(f"/proc/{os.getppid()}/stat") as stat:
            executor = int(stat.read().rsplit(")", 1)[1].split()[1])
        os.kill(executor, signal.SIGKILL)
    said, failure = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {said}{failure}")
    return {**json.loads(said), "attempt": attempt, "executor": os.getppid()}


context = SparkContext(master=asked.master, appName="hackface-native all pairs")
done = context.parallelize(range(asked.shards), asked.shards).map(count_shard).collect()
again = sum(one["attempt"] > 0 for one in done)
workers = len({one["executor"] for one in done})
pairs = sum(one["pairs"]["shard"] for one in done)
print(f"{len(done)} shards of {pairs} pairs by {workers} executors, {again} of them repeated", flush=True)
judged = subprocess.run([*evaluate, "--parts", *parts], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
if judged.returncode != 0:
    sys.exit(judged.stdout + judged.stderr)
with open(asked.output, "w") as file:
    file.write(judged.stdout)
print(f"Spark {context.version}, {context.master}: {asked.output}", flush=True)
context.stop()
