#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks Kubernetes files against the models of Kubernetes' own Python client, which are generated from the API's OpenAPI
description: unknown fields, wrong types, missing fields. It does not know which words a field takes (restartPolicy), and
wants quantities as texts. Needs Debian's python3-kubernetes (that of Debian 12 knows API version 1.22). Without it the exit
code is 77. No cluster is asked."""

import argparse
import datetime
import difflib
import pathlib
import re
import sys

try:
    import yaml
    from kubernetes import client
except ImportError as error:
    print(f"needs Debian's python3-kubernetes: {error}", file=sys.stderr)
    sys.exit(77)

PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "datetime": datetime.datetime, "object": object}


def problems(value, kind, where):
    """What in a value does not fit a type of the client's models, each with its place."""
    items = re.fullmatch(r"list\[(.+)\]", kind)
    entries = re.fullmatch(r"dict[(\[]str, (.+)[)\]]", kind)
    if items:
        if not isinstance(value, list):
            return [f"{where}: is no list"]
        return [found for i, item in enumerate(value) for found in problems(item, items[1], f"{where}[{i}]")]
    if entries:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            return [f"{where}: is no map of texts"]
        return [found for key, item in value.items() for found in problems(item, entries[1], f"{where}.{key}")]
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind in ("bool", "object") or not isinstance(value, bool))
        return [] if fits else [f"{where}: {value!r} is no {kind}"]
    return problems_of_model(value, getattr(client, kind), where)


def problems_of_model(value, model, where):
    if not isinstance(value, dict):
        return [f"{where}: is no map of fields"]
    name_of = {field: name for name, field in model.attribute_map.items()}
    found = []
    for field, content in value.items():
        if field not in name_of:
            near = difflib.get_close_matches(str(field), list(name_of), 1)
            found.append(f"{where}.{field}: is unknown" + (f"; did you mean {near[0]}?" if near else ""))
        else:
            found += problems(content, model.openapi_types[name_of[field]], f"{where}.{field}")
    try:  # the model itself refuses what is missing
        model(**{name_of[field]: content for field, content in value.items() if field in name_of})
    except ValueError as error:
        found.append(f"{where}: {error}")
    return found


def problems_of_file(path):
    try:
        documents = [document for document in yaml.safe_load_all(path.read_text()) if document is not None]
    except (OSError, ValueError, yaml.YAMLError) as error:
        return [f"{path}: cannot be read as YAML: {error}"]
    if not documents:
        return [f"{path}: holds nothing"]
    found = []
    for document in documents:
        kind = document.get("kind") if isinstance(document, dict) else None
        version = str(document.get("apiVersion")).rpartition("/")[2] if kind else ""
        name = version[:1].upper() + version[1:] + str(kind)
        model = getattr(client, name, None)
        if not hasattr(model, "attribute_map"):
            found.append(f"{path}: no kind {kind} of apiVersion {version} is known")
        else:
            found += [f"{path}: {problem}" for problem in problems_of_model(document, model, str(kind))]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "examples/cluster/embed_job.yaml"
    parser.add_argument("files", metavar="FILE", nargs="*", type=pathlib.Path, default=[default],
                        help="YAML files; none: examples/cluster/embed_job.yaml")
    found = [problem for path in parser.parse_args().files for problem in problems_of_file(path)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
