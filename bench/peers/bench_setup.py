# SPDX-License-Identifier: Apache-2.0
"""What every comparison needs to know: where things are, and how long to measure."""

import os
import pathlib
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass
class Setup:
    binaries: pathlib.Path  # soundfold's programs
    weights: pathlib.Path  # yamnet.pt
    esc50: pathlib.Path
    runtime: pathlib.Path  # the folder with node_modules/onnxruntime-node
    example: pathlib.Path  # classify_wav, built
    work: pathlib.Path
    repeats: int
    quick: bool
    threads: list = field(default_factory=lambda: sorted({1, len(os.sched_getaffinity(0))}))

    @property
    def most_threads(self):
        return self.threads[-1]

    def program(self, name):
        return self.binaries / name

    def peer(self, script):
        return [sys.executable, HERE / script]

    def node(self, script):
        return ["node", HERE / script, "--runtime", self.runtime]

    @property
    def clip_list(self):
        """A text file with the clips to embed, one path a line: all, or every fifth when quick."""
        files = sorted((self.esc50 / "audio").iterdir())
        chosen = files[::5] if self.quick else files
        path = self.work / "clips.txt"
        path.write_text("".join(f"{file}\n" for file in chosen))
        return path

    def clip_count(self):
        return len(self.clip_list.read_text().splitlines())


def first_match(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def machine_facts(setup):
    """What a reader needs to place the numbers."""
    processor = pathlib.Path("/proc/cpuinfo").read_text()
    flags = first_match(r"^flags\s*:(.*)$", processor).split()
    interesting = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "avx_vnni", "amx_bf16", "amx_int8"]
    package = (setup.runtime / "node_modules/onnxruntime-node/package.json").read_text()
    import torch  # the Python that runs this has it
    import torchaudio

    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True)
    return {
        "processor": first_match(r"^model name\s*:(.*)$", processor),
        "cores": setup.most_threads,
        "instructions": [flag for flag in interesting if flag in flags],
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        "soundfold": commit.stdout.strip() or "unknown",
        "onnxruntime": first_match(r'"version":\s*"([^"]+)"', package),
        "pytorch": torch.__version__,
        "torchaudio": torchaudio.__version__,
        "load_at_start": os.getloadavg()[0],
    }
