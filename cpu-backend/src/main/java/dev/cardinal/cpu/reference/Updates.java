package dev.cardinal.cpu.reference;

import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.AdvanceCounter;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.HostTensor;

/** What moves the weights: the optimisers' steps, the norm that gradients are clipped to, averages and counters. */
final class Updates {
  private Updates() {}

  static void sgd(SgdUpdate op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double rate = in[0].get(0);
    double scale = in[1].get(0);
    int n = (in.length - 2) / 3;
    for (int k = 0; k < n; k++) {
      HostTensor parameter = in[2 + k];
      HostTensor velocity = in[2 + 2 * n + k];
      if (!Double.isFinite(scale)) {
        keep(parameter, out[k]);
        keep(velocity, out[n + k]);
        continue;
      }
      double[] p = Values.of(parameter).clone();
      double[] gradient = Values.of(in[2 + n + k]);
      double[] v = Values.of(velocity).clone();
      for (int i = 0; i < p.length; i++) {
        double g = scale * gradient[i] + op.weightDecay() * p[i];
        v[i] = op.momentum() * v[i] + g;
        p[i] -= rate * (op.nesterov() ? g + op.momentum() * v[i] : v[i]);
      }
      Values.store(p, out[k]);
      Values.store(v, out[n + k]);
    }
  }

  static void adam(AdamUpdate op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double rate = in[0].get(0);
    double scale = in[1].get(0);
    double step = in[2].longs()[0] + 1;
    double correction1 = 1 - Math.pow(op.beta1(), step);
    double correction2 = 1 - Math.pow(op.beta2(), step);
    int n = (in.length - 3) / 4;
    for (int k = 0; k < n; k++) {
      HostTensor[] old = {in[3 + k], in[3 + 2 * n + k], in[3 + 3 * n + k]};
      if (!Double.isFinite(scale)) {
        for (int j = 0; j < old.length; j++) {
          keep(old[j], out[j * n + k]);
        }
        continue;
      }
      double[] gradient = Values.of(in[3 + n + k]);
      double[] p = Values.of(old[0]).clone();
      double[] m = Values.of(old[1]).clone();
      double[] v = Values.of(old[2]).clone();
      for (int i = 0; i < p.length; i++) {
        double g = scale * gradient[i] + (op.decoupled() ? 0 : op.weightDecay() * p[i]);
        m[i] = op.beta1() * m[i] + (1 - op.beta1()) * g;
        v[i] = op.beta2() * v[i] + (1 - op.beta2()) * g * g;
        double decayed = op.decoupled() ? p[i] * (1 - rate * op.weightDecay()) : p[i];
        p[i] = decayed - rate * (m[i] / correction1) / (Math.sqrt(v[i] / correction2) + op.epsilon());
      }
      Values.store(p, out[k]);
      Values.store(m, out[n + k]);
      Values.store(v, out[2 * n + k]);
    }
  }

  static void ema(EmaUpdate op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double decay = in[0].get(0);
    for (int k = 0; k < out.length; k++) {
      double[] average = Values.of(in[1 + k]).clone();
      double[] value = Values.of(in[1 + out.length + k]);
      for (int i = 0; i < average.length; i++) {
        average[i] = decay * average[i] + (1 - decay) * value[i];
      }
      Values.store(average, out[k]);
    }
  }

  static void clip(ClipFactor op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double sum = 0;
    for (HostTensor t : in) {
      for (double v : Values.of(t)) {
        sum += v * v;
      }
    }
    double norm = Math.sqrt(sum);
    out[0].set(0, Double.isFinite(norm) ? Math.min(1, op.maxNorm() / norm) : Double.NaN);
    out[1].set(0, norm);
  }

  static void advance(AdvanceCounter op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    keep(in[0], out[0]);
    out[0].longs()[out[0].size() - 1]++;
  }

  /** Copies every bit. */
  static void keep(HostTensor from, HostTensor to) {
    System.arraycopy(from.array(), 0, to.array(), 0, from.size());
  }
}
