# SPDX-License-Identifier: Apache-2.0
"""Latency of server over one kept connection, from a request with a sound file to its answer, as one JSON line."""

import argparse
import http.client
import json
import pathlib
import subprocess
import time
import urllib.parse

import numpy


def milliseconds_since(start):
    return 1000 * (time.perf_counter() - start)


def processor_ms(pid):
    """Of all threads of a process so far."""
    return sum(int(file.read_text().split()[0]) for file in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def resident_kb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def post(connection, path, body, kind):
    connection.request("POST", path, body, {"Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit(f"server_latency: {path}: {answer.status} {text.decode(errors='replace')}")
    return json.loads(text)


def logits(connection, samples):
    """Of the same samples as floats."""
    tensor = {"name": "waveform", "datatype": "FP32", "shape": [len(samples)], "data": samples.tolist()}
    body = json.dumps({"inputs": [tensor], "outputs": [{"name": "logits"}]})
    return post(connection, "/v2/models/bench/infer", body, "application/json")["outputs"][0]["data"]


def measure(server, started, waveform, repeats):
    address = urllib.parse.urlsplit(server.stdout.readline().strip())
    load_ms = milliseconds_since(started)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    sound = pathlib.Path(f"{waveform}.wav").read_bytes()
    times = []
    for number in range(repeats + 1):
        if number == 1:
            processor_before_ms = processor_ms(server.pid)
        asked = time.perf_counter()
        post(connection, "/classify", sound, "audio/wav")
        times.append(milliseconds_since(asked))
    cpu_ms = (processor_ms(server.pid) - processor_before_ms) / repeats
    resident = resident_kb(server.pid)
    return {"load_ms": load_ms, "first_ms": times[0], "times_ms": times[1:], "cpu_ms": cpu_ms, "resident_kb": resident,
            "logits": logits(connection, numpy.fromfile(f"{waveform}.f32", numpy.float32))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--model", required=True, help="a model.safetensors")
    parser.add_argument("--waveform", required=True, help="with .wav after it a sound file, with .f32 its samples")
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args()
    started = time.perf_counter()
    command = [arguments.server, "--model", arguments.model, "--name", "bench", "--port", "0", "--threads", "1", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            print(json.dumps(measure(server, started, arguments.waveform, arguments.repeats)))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
