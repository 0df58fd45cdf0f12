#!/usr/bin/env python3
"""Cardinal's figures and PyTorch's in one table.

    scripts/bench/side_by_side.py OURS PEER

OURS has the lines of 'cardinal bench --json' and of dev.cardinal.cuda.ConvolutionTimes, PEER those of torch_peer.py; a file that is not there leaves its columns empty.
"""
import json
import pathlib
import sys


def lines(path):
    file = pathlib.Path(path)
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith("{"):
            yield json.loads(line)


def shown(v, form="{:.1f}"):
    return "-" if v is None else form.format(v)


def table(head, rows):
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    for r in [head, *rows]:
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths))))
    print()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    ours, peer = list(lines(sys.argv[1])), list(lines(sys.argv[2]))
    mine = {(o["net"], o["batch"]): o for o in ours if "images_per_s" in o}
    theirs = {(p["net"], p["batch"], p["mode"]): p for p in peer if p["kind"] == "train"}
    rows = []
    for net, batch in sorted(set(mine) | {k[:2] for k in theirs}):
        o, eager, compiled = mine.get((net, batch), {}), theirs.get((net, batch, "eager"), {}), theirs.get((net, batch, "compile"), {})
        rate, e, c = o.get("images_per_s"), eager.get("images_per_s"), compiled.get("images_per_s")
        memory = o["arena_bytes"] + o["workspace_bytes"] + 8 * o["parameters"] if o else None
        rows.append([net, str(batch), shown(rate), shown(e), shown(c), shown(rate / e if rate and e else None, "{:.2f}x"), shown(rate / c if rate and c else None, "{:.2f}x"),
                     shown(memory and memory / 2**20, "{:.0f}"), shown(eager.get("memory_bytes") and eager["memory_bytes"] / 2**20, "{:.0f}")])
    table(["training", "batch", "Cardinal images/s", "eager", "compile", "to eager", "to compile", "MiB", "eager MiB"], rows)
    mine = {(o["name"], o["direction"]): o for o in ours if o.get("kind") == "op"}
    theirs = {(p["name"], p["direction"]): p for p in peer if p["kind"] == "op"}
    rows = []
    for key in [k for k in mine] + [k for k in theirs if k not in mine]:
        a, b = mine.get(key, {}).get("ms"), theirs.get(key, {}).get("ms")
        rows.append([key[0], key[1], shown(a, "{:.3f}"), shown(b, "{:.3f}"), shown(b / a if a and b else None, "{:.2f}x"), mine.get(key, {}).get("how", "-")])
    table(["convolution", "direction", "Cardinal ms", "PyTorch ms", "faster by", "through"], rows)


if __name__ == "__main__":
    main()
