#!/usr/bin/env python3
"""PyTorch on the same GPU, for a comparison: whole training steps, and single convolutions.

    scripts/bench/torch_peer.py [--out FILE] [--batches 16,64,128,256] [--nets resnet50,...] [--modes eager,compile] [--precision float16] [--ops FILE] [--device cuda]

One JSON object a line: {"kind": "train", "net", "batch", "mode", "precision", "images_per_s", "memory_bytes"} and
{"kind": "op", "name", "batch", "direction", "precision", "ms"}. Eager is automatic mixed precision, channels last, with cudnn.benchmark; compile is the same through torch.compile. Needs PyTorch with
CUDA, and nothing else: the networks are written out below, as Cardinal's zoo has them. --device cpu is for trying the script out where there is no GPU, with small --size and --steps.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

NETS = ["alexnet-one-tower", "resnext50-32x4d", "resnet50", "mobilenet", "shufflenet"]


class Machine:
    """Where PyTorch runs, and how time and memory are taken there."""

    def __init__(self, torch, device, steps, warmup):
        self.torch, self.device, self.steps, self.warmup = torch, device, steps, warmup
        self.gpu = device == "cuda"

    def about(self):
        torch = self.torch
        name = torch.cuda.get_device_name() if self.gpu else "none: on the processor"
        return dict(torch=torch.__version__, cuda=torch.version.cuda, cudnn=torch.backends.cudnn.version() if self.gpu else None, gpu=name)

    def wait(self):
        if self.gpu:
            self.torch.cuda.synchronize()

    def forget(self):
        if self.gpu:
            self.torch.cuda.empty_cache()
            self.torch.cuda.reset_peak_memory_stats()

    def most_memory(self):
        """Bytes that were allocated at once at most; None where that is not known."""
        return self.torch.cuda.max_memory_allocated() if self.gpu else None

    def seconds(self, step):
        """Median time of a step, with the host's part."""
        for _ in range(self.warmup):
            step()
        times = []
        for _ in range(self.steps):
            self.wait()
            begin = time.perf_counter()
            step()
            self.wait()
            times.append(time.perf_counter() - begin)
        return statistics.median(times)

    def milliseconds(self, work):
        """Median time on the device of one call."""
        if not self.gpu:
            return 1e3 * self.seconds(work)
        for _ in range(self.warmup):
            work()
        times = []
        for _ in range(self.steps):
            begin, end = self.torch.cuda.Event(enable_timing=True), self.torch.cuda.Event(enable_timing=True)
            begin.record()
            work()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end))
        return statistics.median(times)


def networks(torch):
    nn = torch.nn

    def normed(cin, cout, kernel, stride=1, groups=1, relu=True):
        layers = [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(cout)]
        return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)

    class Bottleneck(nn.Module):
        def __init__(self, cin, middle, cout, stride, groups):
            super().__init__()
            self.body = nn.Sequential(normed(cin, middle, 1), normed(middle, middle, 3, stride, groups), normed(middle, cout, 1, relu=False))
            self.short = nn.Identity() if cin == cout and stride == 1 else normed(cin, cout, 1, stride, relu=False)

        def forward(self, x):
            return torch.relu_(self.body(x) + self.short(x))

    def residual(groups, width):
        layers, cin = [normed(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)], 64
        for stage, count in enumerate([3, 4, 6, 3]):
            middle, cout = groups * width << stage, 256 << stage
            for b in range(count):
                layers.append(Bottleneck(cin, middle, cout, 2 if b == 0 and stage > 0 else 1, groups))
                cin = cout
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, 1000))

    def alexnet():
        def conv(cin, cout, kernel, stride, padding):
            return [nn.Conv2d(cin, cout, kernel, stride, padding), nn.ReLU(inplace=True)]

        return nn.Sequential(*conv(3, 64, 11, 4, 2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, 1, 2), nn.MaxPool2d(3, 2), *conv(192, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), *conv(256, 256, 3, 1, 1),
                             nn.MaxPool2d(3, 2), nn.AdaptiveAvgPool2d(6), nn.Flatten(), nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, 4096),
                             nn.ReLU(inplace=True), nn.Linear(4096, 1000))

    def mobilenet():
        layers, cin = [normed(3, 32, 3, 2)], 32
        for cout, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]:
            layers += [normed(cin, cin, 3, stride, cin), normed(cin, cout, 1)]
            cin = cout
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, 1000))

    class Shuffle(nn.Module):
        def __init__(self, cin, cout, down, first, groups):
            super().__init__()
            middle = cout // 4
            self.down, self.groups = down, first
            self.squeeze = normed(cin, middle, 1, groups=first)
            self.expand = nn.Sequential(normed(middle, middle, 3, 2 if down else 1, middle, relu=False), normed(middle, cout - cin if down else cout, 1, groups=groups, relu=False))

        def forward(self, x):
            y = self.squeeze(x)
            if self.groups > 1:
                n, c, h, w = y.shape
                y = y.view(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)
            y = self.expand(y)
            return torch.relu(torch.cat([nn.functional.avg_pool2d(x, 3, 2, 1), y], 1)) if self.down else torch.relu(x + y)

    def shufflenet(groups=3, width=240):
        layers, cin = [normed(3, 24, 3, 2), nn.MaxPool2d(3, 2, 1)], 24
        for stage, count in enumerate([4, 8, 4]):
            for b in range(count):
                layers.append(Shuffle(cin, width << stage, b == 0, 1 if stage == b == 0 else groups, groups))
                cin = width << stage
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, 1000))

    return {"alexnet-one-tower": alexnet, "resnext50-32x4d": lambda: residual(32, 4), "resnet50": lambda: residual(1, 64), "mobilenet": mobilenet, "shufflenet": shufflenet}


def train(machine, build, batch, size, compiled, dtype):
    """Images a second, and the most memory that was allocated at once."""
    torch, device = machine.torch, machine.device
    machine.forget()
    net = build().to(device).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    scaler = torch.amp.GradScaler(device, enabled=dtype == torch.float16)
    forward = torch.compile(net) if compiled else net
    x = torch.randn(batch, 3, size, size, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch, device=device) % 1000

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype):
            loss = torch.nn.functional.cross_entropy(forward(x), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    return batch / machine.seconds(step), machine.most_memory()


def convolutions(path):
    for line in pathlib.Path(path).read_text().splitlines():
        words = line.split()
        if words and not line.startswith("#"):
            yield words[0], words[1] == "transposed", *map(int, words[2:])


def operations(machine, path, batch, dtype, say):
    torch = machine.torch
    last = torch.channels_last
    for name, transposed, cin, cout, groups, kernel, stride, padding, size in convolutions(path):
        def tensor(*shape):
            return torch.randn(*shape, device=machine.device, dtype=dtype).contiguous(memory_format=last)

        x = tensor(batch, cin, size, size)
        w = tensor(cin, cout // groups, kernel, kernel) if transposed else tensor(cout, cin // groups, kernel, kernel)
        common = ([stride] * 2, [padding] * 2, [1, 1], transposed, [0, 0], groups)
        y = torch.ops.aten.convolution(x, w, None, *common)
        dy = torch.randn_like(y)
        ways = {
            "forward": lambda: torch.ops.aten.convolution(x, w, None, *common),
            "data": lambda: torch.ops.aten.convolution_backward(dy, x, w, None, *common, [True, False, False]),
            "weights": lambda: torch.ops.aten.convolution_backward(dy, x, w, None, *common, [False, True, False]),
        }
        for direction, work in ways.items():
            say(kind="op", name=name, batch=batch, direction=direction, precision=str(dtype).split(".")[-1], ms=machine.milliseconds(work))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", help="file for the lines; standard output if not said")
    parser.add_argument("--batches", default="16,64,128,256")
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument("--modes", default="eager,compile")
    parser.add_argument("--precision", default="float16", choices=["float16", "bfloat16"])
    parser.add_argument("--ops", default=str(pathlib.Path(__file__).with_name("convolutions.txt")), help="file with the convolutions")
    parser.add_argument("--ops-batch", type=int, default=64)
    parser.add_argument("--size", type=int, default=224, help="height and width of the networks' pictures")
    parser.add_argument("--steps", type=int, default=30, help="how often each is timed, of which the median counts")
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("torch_peer: this Python has no PyTorch; install it with: pip install torch")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch_peer: PyTorch " + torch.__version__ + " sees no GPU here, and a comparison needs one")
    torch.backends.cudnn.benchmark = True
    dtype = getattr(torch, arguments.precision)
    machine = Machine(torch, arguments.device, arguments.steps, arguments.warmup)
    out = open(arguments.out, "w") if arguments.out else sys.stdout

    def say(**facts):
        print(json.dumps(facts), file=out, flush=True)

    say(kind="about", **machine.about())
    operations(machine, arguments.ops, arguments.ops_batch, dtype, say)
    builders = networks(torch)
    for net in arguments.nets.split(","):
        for batch in map(int, arguments.batches.split(",")):
            for mode in arguments.modes.split(","):
                facts = dict(kind="train", net=net, batch=batch, mode=mode, precision=arguments.precision)
                try:
                    rate, memory = train(machine, builders[net], batch, arguments.size, mode == "compile", dtype)
                    say(**facts, images_per_s=rate, memory_bytes=memory)
                except torch.cuda.OutOfMemoryError:
                    say(**facts, error="out of memory")
                except Exception as e:  # torch.compile fails in many ways where its compiler is not whole; the rest is worth having
                    say(**facts, error=str(e).splitlines()[0])
                torch._dynamo.reset()


if __name__ == "__main__":
    main()
