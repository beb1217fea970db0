# SPDX-License-Identifier: Apache-2.0
"""Runs commands in turn, takes their time and memory, and sums up what was measured."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Run:
    """One finished command: seconds by the clock and of processor time, peak resident memory, standard output."""

    wall_s: float
    cpu_s: float
    peak_kb: int
    output: str

    def json_lines(self):
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]


def run(command, environment=None):
    """Runs a command to its end; stops the comparison, with its last words, when it fails."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            last = "\n".join(errors.read().splitlines()[-8:])
            words = " ".join(command)
            sys.exit(f"bench-peers: this command ended with exit code {process.returncode}:\n  {words}\n{last}")
        return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output.read())


def in_turn(contestants, repeats, label):
    """Calls each contestant `repeats` times, one after the other in each round: what disturbs one disturbs all. Returns
    each one's results by name."""
    results = {name: [] for name in contestants}
    for number in range(repeats):
        print(f"\r{label}: round {number + 1} of {repeats}", end="", file=sys.stderr, flush=True)
        for name, contestant in contestants.items():
            results[name].append(contestant())
    print(file=sys.stderr)
    return results


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def ratios(numerators, denominators):
    """The spread of the ratios, round by round."""
    return spread([n / d for n, d in zip(numerators, denominators)])


def percentile(values, fraction):
    """The smallest value that at least `fraction` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * round(fraction * 1000) // 1000) - 1))]


def text_of(values, digits=2):
    """"2.10 (1.95 to 2.20)"."""
    return f"{values['median']:.{digits}f} ({values['min']:.{digits}f} to {values['max']:.{digits}f})"


TABLES = []  # every table printed, in Markdown


def print_table(title, header, rows):
    """Prints rows of texts in aligned columns, the first to the left, the others to the right; keeps them for
    markdown()."""
    lines = [f"| {' | '.join(str(cell) for cell in row)} |" for row in [header, ["---"] * len(header), *rows]]
    TABLES.append("\n".join([f"{title}:", "", *lines]))
    widths = [max(len(str(row[column])) for row in [header, *rows]) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        cells = [str(row[0]).ljust(widths[0])] + [str(cell).rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "   ".join(cells).rstrip())


def markdown(facts):
    """All tables so far, under a line of facts."""
    return "\n\n".join([", ".join(f"{name}: {value}" for name, value in facts.items()), *TABLES]) + "\n"
